// SPDX-License-Identifier: BSL-1.0
// sources.cpp: reads the sources that this program was built from.
#include "model/sources.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <stdexcept>
#include <vector>

namespace model {
namespace {

const std::vector<std::string>& lines_of(const std::string& path)
{
    static std::map<std::string, std::vector<std::string>> files;
    auto [entry, is_new] = files.try_emplace(path);
    if (is_new) {
        std::ifstream in(path);
        for (std::string line; std::getline(in, line);) {
            entry->second.push_back(line);
        }
    }
    return entry->second;
}

std::string trimmed(const std::string& line)
{
    const auto begin = line.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : line.substr(begin);
}

bool is_comment(const std::string& line)
{
    return trimmed(line).starts_with("//");
}

std::string path_of(const std::string& file)
{
    return std::string{SAMEPAGE_SOURCES} + "/" + file;
}

/// The compiler may name a file from the build folder: from ours on, please.
std::string file_of(const std::experimental::source_location& at)
{
    const std::string path = at.file_name();
    for (const char* const folder : {"include/samepage/", "tests/model/"}) {
        const auto found = path.rfind(folder);
        if (found != std::string::npos) {
            return path.substr(found);
        }
    }
    return path;
}

} // namespace

std::string label_at(const std::string& file, unsigned line)
{
    static const std::regex label(R"(\b([A-Z][0-9]+) (release|acquire|acq_rel|relaxed|seq_cst|light|heavy)\b)");
    const auto& lines = lines_of(path_of(file));
    for (unsigned i = std::min<unsigned>(line, static_cast<unsigned>(lines.size())); i-- > 0 && i + 12 > line;) {
        std::smatch found;
        if (is_comment(lines[i]) && std::regex_search(lines[i], found, label)) {
            return found[1];
        }
    }
    return "";
}

std::string place_of(const std::experimental::source_location& at)
{
    const std::string path = file_of(at);
    const std::string label = label_at(path, at.line());
    return path.substr(path.rfind('/') + 1) + ":" + std::to_string(at.line()) + (label.empty() ? "" : " " + label);
}

std::string describe(const std::experimental::source_location& at)
{
    const auto& lines = lines_of(path_of(file_of(at)));
    const bool known = at.line() >= 1 && at.line() <= lines.size();
    return place_of(at) + (known ? ": " + trimmed(lines[at.line() - 1]) : "");
}

unsigned line_with(const std::string& file, const std::string& text, const std::string& below)
{
    const auto& lines = lines_of(path_of(file));
    unsigned found = 0;
    for (unsigned i = below.empty() ? 0 : line_with(file, below); i < lines.size(); ++i) {
        if (lines[i].find(text) == std::string::npos || is_comment(lines[i])) {
            continue;
        }
        if (found != 0) {
            throw std::runtime_error(file + " has more than one line with: " + text);
        }
        found = i + 1;
        if (!below.empty()) {
            break;
        }
    }
    if (found == 0) {
        throw std::runtime_error(file + " has no line with: " + text);
    }
    return found;
}

} // namespace model
