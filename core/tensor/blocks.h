// Inside core/tensor: work in blocks whose borders do not depend on the number of threads, so that sums do not either.
// Products inside a block run on one thread (they see that they stand in a parallel region). Thread: one at a time.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>

namespace athanor::tensor {

/// work(block) for the blocks 0 … count − 1, spread over the threads; the first exception is thrown again at the end.
template <typename Work> void forEachBlock(int64_t count, const Work &work)
{
    const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    if (threads < 2) {
        for (int64_t block = 0; block < count; ++block)
            work(block);
        return;
    }
    // Two at least, also for a single block: in a team of one a product would take threads of its own.
    const int64_t workers = std::max<int64_t>(1, std::min<int64_t>(threads, count));
    std::exception_ptr problem;
#pragma omp parallel num_threads(int(std::max<int64_t>(2, workers)))
    {
        const int64_t team = std::min<int64_t>(workers, omp_get_num_threads()), id = omp_get_thread_num();
        try {
            for (int64_t block = count * id / team; id < team && block < count * (id + 1) / team; ++block)
                work(block);
        } catch (...) {
#pragma omp critical(athanor_blocks)
            if (!problem)
                problem = std::current_exception();
        }
    }
    if (problem)
        std::rethrow_exception(problem);
}

}  // namespace athanor::tensor
