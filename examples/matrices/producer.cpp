// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes the frames of a camera that turns once around, a degree at a time.
#include "frame.hpp"

#include <samepage/channel/producer.hpp>
#include <samepage/interop/eigen.hpp>
#include <samepage/ring/remove_channel.hpp>
#include <samepage/view/strided_view.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <iostream>
#include <numbers>
#include <stdexcept>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "frames";
    samepage::producer<frame> frames(name);
    while (frames.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    const double angle = std::numbers::pi / 180;
    Eigen::Matrix3d turn = Eigen::Matrix3d::Identity();
    turn.topLeftCorner<2, 2>() << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);

    for (std::uint64_t number = 0; number < 360; ++number) {
        auto one = frames.loan();
        if (!one) { // closed, say: why() says which
            throw std::runtime_error("no loan of a frame: " + std::string(to_string(one.why())));
        }
        frame& here = one[0];
        here.number = number;
        // Eigen computes into the shared page.
        samepage::as_eigen(samepage::strided_view<double, 2>(here.rotation)) = turn;
        samepage::as_eigen(samepage::strided_view<float, 2>(here.image)) =
            Eigen::MatrixXf::NullaryExpr(4, 6, [number](Eigen::Index row, Eigen::Index column) {
                return static_cast<float>(3 * row + column) + static_cast<float>(number % 8);
            });
        one.publish();
    }

    frames.close();
    std::cout << "published 360 frames" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
