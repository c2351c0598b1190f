// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: Eigen and xtensor compute with the matrices of a batch, where the producer wrote them.
#include "frame.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/interop/eigen.hpp>
#include <samepage/interop/xtensor.hpp>
#include <samepage/view/strided_view.hpp>

#include <Eigen/Core>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xtensor.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <string>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "frames";
    samepage::consumer<frame> frames(name,
                                     {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    std::size_t seen = 0;
    Eigen::Matrix3d turned = Eigen::Matrix3d::Identity();
    xt::xtensor<double, 2> bright = xt::zeros<double>({4, 6});
    double every_other = 0;
    while (auto batch = frames.take(50)) {
        // A matrix a record: a view of three dimensions, of which the first goes from record to record. Its strides are
        // bytes; as_eigen() and as_xtensor() divide them by the element's size, and would refuse a remainder.
        const auto rotations = batch.field(&frame::rotation).subdivide();
        const auto images = batch.field(&frame::image).subdivide();

        // One at a time, an Eigen::Map of the record's own bytes.
        for (const auto rotation : rotations) {
            turned = samepage::as_eigen(rotation) * turned;
        }

        // All at once: xt::adapt() with the batch's strides, here summed over its first dimension.
        bright += xt::sum<double>(samepage::as_xtensor(images), {0});

        // A view is sliced before it is handed over: row 3 of each image, every other column, is a matrix too.
        const auto part = images(samepage::all, 3, samepage::slice{{}, {}, 2});
        every_other += samepage::as_eigen(part).cast<double>().sum();
        seen += batch.size();
    }

    const bool around = turned.isApprox(Eigen::Matrix3d::Identity(), 1e-12);
    bright /= static_cast<double>(seen);
    const xt::xtensor<double, 1> rows = xt::mean(bright, {1});
    std::cout << seen << " frames: turned once around to within 1e-12: " << (around ? "yes" : "no")
              << ", brightest row " << xt::argmax(rows)() << " of the mean image: " << xt::amax(rows)() << ", "
              << every_other / (3.0 * static_cast<double>(seen)) << " in every other column" << std::endl;
    if (const auto why = frames.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the frames ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
