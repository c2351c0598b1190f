// SPDX-License-Identifier: BSL-1.0
// model.cpp: the model checker, a program of its own, as a part of the torture run.
#include "torture/parts.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

/// Runs it to its end; it prints on its own. @return its wait status
int run_checker(std::vector<std::string> words)
{
    std::vector<char*> argv;
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::pid_t pid = -1;
    if (const int error = ::posix_spawn(&pid, SAMEPAGE_MODEL, nullptr, nullptr, argv.data(), environ); error != 0) {
        throw std::system_error(error, std::system_category(), "posix_spawn of " SAMEPAGE_MODEL);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::system_category(), "waitpid");
        }
    }
    return status;
}

relation relation_of(const std::string& sign)
{
    return sign == "<="   ? relation::at_most
           : sign == ">=" ? relation::at_least
           : sign == "==" ? relation::equal
                          : relation::none;
}

void add_figures(const std::filesystem::path& file, report& to)
{
    boost::property_tree::ptree all;
    boost::property_tree::read_json(file.string(), all);
    for (const auto& [key, one] : all) {
        const auto held_to = relation_of(one.get<std::string>("relation"));
        to.add({.name = one.get<std::string>("name"),
                .unit = one.get<std::string>("unit"),
                .value = one.get<double>("value"),
                .held_to = held_to,
                .bound = held_to != relation::none ? one.get<double>("bound") : 0});
    }
}

} // namespace

void model(const settings& how, report& to)
{
    const auto file = std::filesystem::temp_directory_path() / ("samepage-model-" + std::to_string(::getpid()));
    std::vector<std::string> words{SAMEPAGE_MODEL, "--seed", std::to_string(how.seed), "--json", file.string()};
    if (!how.ci) {
        words.insert(words.end(), {"--full", "--mutants"});
    }
    const int status = run_checker(std::move(words));
    if (std::filesystem::exists(file)) {
        add_figures(file, to);
        std::filesystem::remove(file);
    }
    if (status != 0) {
        to.fail("the model checker ended with " + (WIFEXITED(status)
                                                       ? "exit status " + std::to_string(WEXITSTATUS(status))
                                                       : "signal " + std::to_string(WTERMSIG(status))));
    }
}

} // namespace torture
