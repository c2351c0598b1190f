// SPDX-License-Identifier: BSL-1.0
// channel_descriptors.hpp: a channel without a name, as two descriptors that processes hand on over Unix sockets.
// Thread safety: distinct objects are independent; const calls of one object may be made at once.
#pragma once

#include <string>
#include <string_view>

namespace samepage {

/// The two memfds of a channel made with memory_options::nameless: of a producer's or consumer's descriptors(), or from
/// receive_channel(). Whoever has them may consume, as often as it likes; nobody can write the data by them, nor cut
/// either off. Holding them keeps the channel's pages, and nobody's place in it.
class channel_descriptors {
public:
    /// Takes over two descriptors that came some other way, whatever becomes of it.
    /// @param name  for people, in errors; as a channel's.
    /// @throws error not_a_channel unless both are memfds, sealed against shrinking, growing and other seals, the data
    ///         also against writing: whoever sent others could cut the pages off under who reads them. invalid_name
    channel_descriptors(std::string_view name, int data, int control);
    channel_descriptors(channel_descriptors&& other) noexcept;
    channel_descriptors& operator=(channel_descriptors&& other) noexcept;
    ~channel_descriptors(); // closes them

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Lifetime: this object's.
    [[nodiscard]] int data() const noexcept { return data_; }
    [[nodiscard]] int control() const noexcept { return control_; }

private:
    std::string name_;
    int data_ = -1;
    int control_ = -1;
};

/// Sends them, and the name, as one message (SCM_RIGHTS) over a connected Unix socket: a stream, a sequence of packets
/// or datagrams. May be called as often as there are receivers.
/// @throws error system
void send_channel(int socket, const channel_descriptors& channel);

/// Receives what send_channel() sent; waits as the socket does.
/// @throws error not_a_channel for anything else, whose descriptors are closed, and as channel_descriptors;
///         system, also if the other side has closed
[[nodiscard]] channel_descriptors receive_channel(int socket);

} // namespace samepage
