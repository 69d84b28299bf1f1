// Inside core/tensor: work in blocks whose borders do not depend on the number of threads, so that sums do not either.
// Products inside a block run on one thread (they see that they stand in a parallel region). Thread: one at a time.
#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

namespace athanor::tensor {

/// work(block) for the blocks 0 … count − 1: each thread takes the next one that is left, for blocks and cores are not
/// equally fast. The first exception ends the rest and is thrown again at the end.
template <typename Work> void forEachBlock(int64_t count, const Work &work)
{
    const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    if (threads < 2) {
        for (int64_t block = 0; block < count; ++block)
            work(block);
        return;
    }
    // Two at least, also for a single block: in a team of one a product would take threads of its own.
    const int64_t team = std::clamp<int64_t>(count, 2, threads);
    std::atomic<int64_t> next = 0;
    std::exception_ptr problem;
#pragma omp parallel num_threads(int(team))
    {
        try {
            for (int64_t block = next++; block < count; block = next++)
                work(block);
        } catch (...) {
            next = count;
#pragma omp critical(athanor_blocks)
            if (!problem)
                problem = std::current_exception();
        }
    }
    if (problem)
        std::rethrow_exception(problem);
}

/// A part of a product's result: what one sgemm computes well and the nearest caches hold.
struct Tile {
    int64_t row, rows, column, columns;
    int64_t place;  // among the tiles beside it
};

/// The tiles of an (m, n) result. Their sizes depend on m and n only: about sixteen tiles at least, where there is enough
/// for them; columns in multiples of 48, to which products are unrolled.
struct Tiling {
    Tiling(int64_t m, int64_t n)
        : m_m(m), m_n(n), m_down((m + kRows - 1) / kRows),
          m_columns(std::clamp((n * m_down / kTiles + kUnrolled - 1) / kUnrolled * kUnrolled, kUnrolled, kColumns))
    {
    }
    int64_t across() const { return (m_n + m_columns - 1) / m_columns; }

    /// work(tile) for all of them, spread over the threads.
    template <typename Work> void forEach(const Work &work) const
    {
        forEachBlock(m_down * across(), [&](int64_t block) {
            const int64_t row = block % m_down * kRows, place = block / m_down, column = place * m_columns;
            work(Tile{row, std::min(kRows, m_m - row), column, std::min(m_columns, m_n - column), place});
        });
    }

private:
    static constexpr int64_t kRows = 256, kColumns = 384, kUnrolled = 48, kTiles = 16;
    int64_t m_m, m_n, m_down, m_columns;
};

}  // namespace athanor::tensor
