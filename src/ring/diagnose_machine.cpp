// SPDX-License-Identifier: BSL-1.0
// diagnose_machine.cpp: what the kernel and systemd are set to, against what channels need.
#include "memory/channel_files.hpp"
#include "ring/diagnosis.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

namespace samepage::ring::diagnosis {
namespace {

namespace fs = std::filesystem;
using memory::in_units;

constexpr std::uint64_t default_channel_bytes = std::uint64_t{9} << 20U; // 8 lanes of 1 MiB, and a little
constexpr std::uint64_t default_file_bytes = std::uint64_t{17} << 20U;   // there is room for 16
constexpr std::uint64_t docker_bytes = std::uint64_t{64} << 20U;
constexpr std::uint64_t descriptors_each = 5; ///< two files, and to be polled a bell, a timer and an epoll instance
constexpr std::uint64_t descriptors_besides = 64;

std::optional<std::uint64_t> number_of(std::string_view text)
{
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    return problem == std::errc{} && stopped == end ? std::optional{value} : std::nullopt;
}

std::string trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        return {};
    }
    return std::string{text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin)};
}

/// The soft limit that /proc/self/limits names; nothing if it is not there, or unlimited.
std::optional<std::uint64_t> limit_of(const std::string& limits, std::string_view name)
{
    std::istringstream lines{limits};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name) && line.size() > name.size()) {
            std::istringstream words{line.substr(name.size())};
            std::string soft;
            words >> soft;
            return number_of(soft);
        }
    }
    return std::nullopt;
}

/// CAP_IPC_LOCK, with which the limit does not hold.
bool may_lock_anything(const examination& of)
{
    constexpr unsigned cap_ipc_lock = 14;
    const std::string status = of.text_of("/proc/self/status").value_or("");
    const auto at = status.find("CapEff:");
    if (at == std::string::npos) {
        return false;
    }
    return (std::strtoull(status.c_str() + at + std::string_view{"CapEff:"}.size(), nullptr, 16) >> cap_ipc_lock & 1) !=
           0;
}

void examine_locked_memory(examination& of, const std::string& limits)
{
    // A ring is mapped twice, one behind the other, and each page counts as often as it is mapped.
    const std::uint64_t needed = 2 * std::max(of.largest_channel_bytes, default_channel_bytes);
    const auto limit = limit_of(limits, "Max locked memory");
    if (limit && *limit < needed && !may_lock_anything(of)) {
        of.add(concern::locked_memory, severity::notice, "RLIMIT_MEMLOCK",
               in_units(needed) + (of.largest_channel_bytes > default_channel_bytes
                                       ? ", twice the largest channel in " + of.options.directory.string()
                                       : ", twice a channel of default options"),
               in_units(*limit),
               "to lock a channel's pages in memory, raise it: ulimit -l, LimitMEMLOCK= of the service, or "
               "/etc/security/limits.conf");
    }
}

void examine_descriptors(examination& of, const std::string& limits)
{
    const auto limit = limit_of(limits, "Max open files");
    if (!limit) {
        return;
    }
    std::uint64_t open = 0;
    std::error_code gone;
    for (fs::directory_iterator each{of.place("/proc/self/fd"), gone}, end; !gone && each != end;
         each.increment(gone)) {
        ++open;
    }
    const std::uint64_t needed = open + descriptors_besides + descriptors_each * of.channels;
    if (*limit < needed) {
        of.add(concern::descriptors, *limit <= open + descriptors_each ? severity::fault : severity::warning,
               "RLIMIT_NOFILE",
               std::to_string(needed) + " or more: " + std::to_string(open) + " are open, a handle takes up to " +
                   std::to_string(descriptors_each) + ", and " + std::to_string(of.channels) + " channels are there",
               std::to_string(*limit), "raise it: ulimit -n, or LimitNOFILE= of the service");
    }
}

void examine_file_size(examination& of, const std::string& limits)
{
    const std::uint64_t needed = std::max(of.largest_file_bytes, default_file_bytes);
    const auto limit = limit_of(limits, "Max file size");
    if (limit && *limit < needed) {
        of.add(concern::file_size, severity::warning, "RLIMIT_FSIZE", in_units(needed) + " or more, or none",
               in_units(*limit),
               "a creator of such a channel fails, or is killed by SIGXFSZ: raise it (ulimit -f), or LimitFSIZE= of "
               "the service");
    }
}

/// Settings of logind.conf's [Login], in the order in which systemd reads its files: the main one, then the drop-ins by
/// name, of which one in /etc hides those of its name elsewhere.
std::string remove_ipc_setting(const examination& of, std::string& from)
{
    std::vector<std::string> files;
    const std::vector<std::string> bases{"/etc/systemd/", "/run/systemd/", "/usr/local/lib/systemd/",
                                         "/usr/lib/systemd/"};
    for (const auto& base : bases) {
        if (of.text_of(base + "logind.conf")) {
            files.push_back(base + "logind.conf");
            break;
        }
    }
    std::map<std::string, std::string> drop_ins;
    for (const auto& base : bases) {
        const std::string directory = base + "logind.conf.d";
        std::error_code gone;
        for (fs::directory_iterator each{of.place(directory), gone}, end; !gone && each != end; each.increment(gone)) {
            const auto name = each->path().filename();
            if (name.extension() == ".conf") {
                drop_ins.try_emplace(name.string(), directory + '/' + name.string());
            }
        }
    }
    for (const auto& [name, path] : drop_ins) {
        files.push_back(path);
    }
    std::string value;
    for (const auto& path : files) {
        std::istringstream lines{of.text_of(path).value_or("")};
        bool ours = false;
        for (std::string line; std::getline(lines, line);) {
            const std::string text = trimmed(line);
            if (text.starts_with('[')) {
                ours = text == "[Login]";
            } else if (const auto equals = text.find('=');
                       ours && equals != std::string::npos && trimmed(text.substr(0, equals)) == "RemoveIPC") {
                value = trimmed(text.substr(equals + 1));
                from = path;
            }
        }
    }
    return value;
}

bool is_no(std::string value)
{
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    return value == "no" || value == "false" || value == "off" || value == "0" || value == "n" || value == "f";
}

std::string name_of_user(const examination& of, ::uid_t user)
{
    std::istringstream lines{of.text_of("/etc/passwd").value_or("")};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields{line};
        std::string name;
        std::string password;
        std::string id;
        std::getline(fields, name, ':');
        std::getline(fields, password, ':');
        std::getline(fields, id, ':');
        if (number_of(id) == user) {
            return name;
        }
    }
    return std::to_string(user);
}

struct mount {
    std::string at;
    std::string kind;
    std::string options;
};

std::vector<mount> mounts(const examination& of)
{
    std::vector<mount> found;
    std::istringstream lines{of.text_of("/proc/self/mounts").value_or("")};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string what;
        mount each;
        words >> what >> each.at >> each.kind >> each.options;
        found.push_back(std::move(each));
    }
    return found;
}

bool lies_in(const fs::path& path, const fs::path& directory)
{
    const auto [end, ignored] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
    return end == directory.end();
}

/// The last mount that holds the directory is the one on top.
std::optional<mount> mount_of(const std::vector<mount>& all, const fs::path& directory)
{
    std::optional<mount> found;
    for (const mount& each : all) {
        if (lies_in(directory, each.at) && (!found || each.at.size() >= found->at.size())) {
            found = each;
        }
    }
    return found;
}

/// Of one size, or of several.
struct pools {
    std::uint64_t reserved = 0;
    std::uint64_t free = 0;
};

constexpr std::string_view hugepages = "/sys/kernel/mm/hugepages";

pools huge_page_pool(const examination& of, const std::string& size)
{
    const std::string directory = std::string{hugepages} + '/' + size + '/';
    const auto said = [&](const char* what) {
        return number_of(trimmed(of.text_of(directory + what).value_or(""))).value_or(0);
    };
    return {said("nr_hugepages"), said("free_hugepages")};
}

pools huge_page_pools(const examination& of)
{
    pools all;
    std::error_code gone;
    for (fs::directory_iterator each{of.place(hugepages), gone}, end; !gone && each != end; each.increment(gone)) {
        const pools one = huge_page_pool(of, each->path().filename().string());
        all.reserved += one.reserved;
        all.free += one.free;
    }
    return all;
}

/// "2M" of a mount's "rw,relatime,pagesize=2M", in KiB. Nothing if it does not say.
std::optional<std::uint64_t> page_kib_of(const mount& hugetlbfs)
{
    constexpr std::string_view option = "pagesize=";
    std::istringstream options{hugetlbfs.options};
    for (std::string each; std::getline(options, each, ',');) {
        if (each.size() > option.size() && each.starts_with(option)) {
            const auto number =
                number_of(std::string_view{each}.substr(option.size(), each.size() - option.size() - 1));
            const auto unit = std::string_view{"KMG"}.find(each.back());
            if (number && unit != std::string_view::npos) {
                return *number << (10 * unit);
            }
        }
    }
    return std::nullopt;
}

/// A mount has pages of one size; those of other sizes are no use to it.
void examine_huge_mount(examination& of, const mount& hugetlbfs)
{
    const auto kib = page_kib_of(hugetlbfs);
    const std::string size = kib ? "hugepages-" + std::to_string(*kib) + "kB" : std::string{};
    const pools pages = kib ? huge_page_pool(of, size) : huge_page_pools(of);
    if (pages.free == 0) {
        of.add(concern::huge_pages, severity::fault, of.options.directory.string(),
               "free huge pages" + (kib ? " of " + in_units(*kib * 1024) : std::string{}) +
                   ", for channels on a hugetlbfs",
               "0 free of " + std::to_string(pages.reserved),
               kib ? "reserve more: echo N > " + std::string{hugepages} + '/' + size + "/nr_hugepages"
                   : "reserve more: sysctl vm.nr_hugepages=N");
    }
}

} // namespace

void examine_space(examination& of)
{
    std::error_code problem;
    const fs::path& directory = of.options.directory;
    const fs::space_info space = of.options.space ? *of.options.space : fs::space(directory, problem);
    if (problem) {
        return; // examine_files() has said it
    }
    constexpr const char* enlarge = "remove channels nobody needs, or enlarge the file system (mount -o "
                                    "remount,size=SIZE; docker run --shm-size=SIZE)";
    if (of.yet_to_reserve > space.available) {
        of.add(concern::space, severity::warning, directory.string(),
               in_units(of.yet_to_reserve) + " free, for rings of channels there that no producer took yet",
               in_units(space.available) + " free of " + in_units(space.capacity),
               std::string{"a producer that takes one will be refused with no_space: "} + enlarge);
    } else if (space.available < default_channel_bytes) {
        of.add(concern::space, severity::warning, directory.string(),
               in_units(default_channel_bytes) + " free, for one more channel of default options",
               in_units(space.available) + " free of " + in_units(space.capacity), enlarge);
    } else if (space.capacity <= docker_bytes) {
        of.add(concern::space, severity::notice, directory.string(), "more than " + in_units(docker_bytes),
               in_units(space.capacity) + ", as containers have it unless told otherwise",
               "enough for some small channels: docker run --shm-size=SIZE gives more");
    }
}

void examine_limits(examination& of)
{
    if (const auto limits = of.text_of("/proc/self/limits")) {
        examine_locked_memory(of, *limits);
        examine_descriptors(of, *limits);
        examine_file_size(of, *limits);
    }
}

void examine_logind(examination& of)
{
    constexpr ::uid_t last_of_the_system = 999; // system users, root among them, keep what they have
    std::error_code gone;
    if (!lies_in(of.options.directory, "/dev/shm") || !fs::exists(of.place("/run/systemd/system"), gone)) {
        return;
    }
    std::string from;
    const std::string setting = remove_ipc_setting(of, from);
    if (is_no(setting)) {
        return;
    }
    std::set<::uid_t> users = of.owners;
    users.insert(*of.options.user);
    for (const ::uid_t user : users) {
        const std::string name = name_of_user(of, user);
        if (user <= last_of_the_system || fs::exists(of.place("/var/lib/systemd/linger/" + name), gone)) {
            continue;
        }
        std::string found = "nothing set, which is yes";
        if (!setting.empty()) {
            found = setting;
            found += " in " + from;
        }
        std::string subject = "RemoveIPC of logind.conf, for user ";
        subject += name;
        subject += " (" + std::to_string(user) + ')';
        std::string remedy =
            "the user's channels in /dev/shm are deleted when its last session ends: set RemoveIPC=no in "
            "/etc/systemd/logind.conf.d/samepage.conf, or loginctl enable-linger ";
        remedy += name;
        remedy += ", or run the programs as a service of a system user";
        of.add(concern::remove_ipc, severity::warning, std::move(subject),
               "no, a user of the system (up to 999), or one that lingers", std::move(found), std::move(remedy));
    }
}

void examine_huge_pages(examination& of)
{
    const auto all = mounts(of);
    const auto here = mount_of(all, of.options.directory);
    if (here && here->kind == "hugetlbfs") {
        examine_huge_mount(of, *here);
        return;
    }
    const pools pages = huge_page_pools(of);
    const auto huge = std::find_if(all.begin(), all.end(), [](const mount& each) { return each.kind == "hugetlbfs"; });
    if (pages.reserved != 0 && huge == all.end()) {
        of.add(concern::huge_pages, severity::notice, "hugetlbfs", "a mount, for the huge pages that are reserved",
               std::to_string(pages.reserved) + " reserved, and no such mount",
               "mount one (mount -t hugetlbfs none DIRECTORY), or give them back: sysctl vm.nr_hugepages=0");
    }
    const std::string shmem = of.text_of("/sys/kernel/mm/transparent_hugepage/shmem_enabled").value_or("");
    const auto chosen = [&](const char* word) { return shmem.find(word) != std::string::npos; };
    const bool on_tmpfs = !here || here->kind == "tmpfs";
    if (on_tmpfs && (chosen("[never]") || chosen("[deny]"))) {
        of.add(concern::huge_pages, severity::notice, "transparent huge pages of shared memory",
               "advise, within_size or always", trimmed(shmem),
               "channels there have pages of 4 KiB, unless their creator asks for huge ones (memory_options::huge), "
               "which deny alone forbids: echo advise > "
               "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    } else if (on_tmpfs && (chosen("[always]") || chosen("[force]"))) {
        of.add(concern::huge_pages, severity::notice, "transparent huge pages of shared memory",
               "advise or within_size", trimmed(shmem),
               "each channel's headers may take a huge page where 4 KiB would do: echo advise > "
               "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    }
}

} // namespace samepage::ring::diagnosis
