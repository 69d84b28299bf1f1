#include "core/tensor/parts_product.h"

#include "core/tensor/blocks.h"
#include "core/tensor/matrix_unit_rows.h"

#include <cstdlib>
#include <memory>
#include <new>

namespace athanor::tensor {

namespace {

using kernels::kBlockWords;
using kernels::kPanel;
using kernels::kPanelDepth;
using kernels::Placing;
using kernels::Side;

constexpr int64_t kLeastSide = 64, kLeastWork = int64_t(1) << 24;
constexpr int64_t kDepth = 512;               // added up in the unit; sums of these are added to c
constexpr int64_t kDepthAtATime = 4 * kDepth;  // of the right side, split before it is used
constexpr int64_t kRightWords = int64_t(2) << 20;  // of it split at a time, for the last cache
constexpr int64_t kMostPanels = 8;            // of the left side, which with a panel of the right one fill the second cache
constexpr int64_t kTasksPerThread = 4;
constexpr int64_t kStreamedNumbers = int64_t(1) << 19;  // results that no near cache holds

int64_t panelsOf(int64_t count) { return (count + kPanel - 1) / kPanel; }
int64_t wordsOf(int64_t depth) { return (depth + kPanelDepth - 1) / kPanelDepth * kBlockWords; }

// Of n columns whose panels have so many words: as many as may be split at a time, in turns that are alike.
int64_t columnsPerTurn(int64_t n, int64_t panelWords)
{
    const int64_t panels = panelsOf(n), most = std::max<int64_t>(1, kRightWords / panelWords);
    const int64_t turns = (panels + most - 1) / most;
    return (panels + turns - 1) / turns * kPanel;
}

// Aligned words that grow and stay.
class Words {
public:
    uint32_t *atLeast(int64_t count)
    {
        if (count > m_count) {
            m_words.reset();
            m_words.reset(static_cast<uint32_t *>(std::aligned_alloc(64, size_t(count) * sizeof(uint32_t))));
            if (!m_words) {
                m_count = 0;
                throw std::bad_alloc();
            }
            m_count = count;
        }
        return m_words.get();
    }

private:
    struct Free {
        void operator()(uint32_t *words) const { std::free(words); }
    };
    std::unique_ptr<uint32_t, Free> m_words;
    int64_t m_count = 0;
};

// What a task writes: the columns [column, column + columns) of c from the depths [begin, begin + depth), whose right side is split.
struct Pass {
    const Side &left;
    const uint32_t *right;
    int64_t column, columns, begin, depth;
    bool adds, streams;
    float *c;
    int64_t stride;

    // Rows of the panels [firstPanel, lastPanel).
    void multiply(int64_t firstPanel, int64_t lastPanel) const
    {
        thread_local Words scratch;
        const kernels::MatrixUnit unit;
        const int64_t across = panelsOf(columns), rightPanelWords = wordsOf(depth);
        for (int64_t at = 0; at < depth; at += kDepth) {
            const int64_t deep = std::min(kDepth, depth - at), words = wordsOf(deep);
            uint32_t *rows = scratch.atLeast((lastPanel - firstPanel) * words);
            for (int64_t panel = firstPanel; panel < lastPanel; ++panel)
                kernels::splitPanel(left, panel * kPanel, begin + at, deep, rows + (panel - firstPanel) * words);
            const Placing placing = adds || at > 0 ? Placing::Add : streams ? Placing::Stream : Placing::Write;
            for (int64_t j = 0; j < across; ++j)
                for (int64_t panel = firstPanel; panel < lastPanel; ++panel)
                    multiplyBlock(rows + (panel - firstPanel) * words, right + j * rightPanelWords + wordsOf(at),
                                  deep, panel * kPanel, j * kPanel, placing);
        }
        if (streams)
            kernels::endOfStream();
    }

private:
    void multiplyBlock(const uint32_t *rows, const uint32_t *panel, int64_t deep, int64_t row, int64_t j, Placing placing) const
    {
        alignas(64) float block[kPanel * kPanel];
        kernels::partsProduct(rows, panel, wordsOf(deep) / kBlockWords, block);
        kernels::placeBlock(block, c + row * stride + column + j, stride, std::min(kPanel, left.count - row),
                            std::min(kPanel, columns - j), placing);
    }
};

}  // namespace

bool isFasterInParts(int64_t m, int64_t n, int64_t k)
{
    return kernels::hasMatrixUnit() && m >= kLeastSide && n >= kLeastSide && k >= kPanelDepth && m * n * k >= kLeastWork;
}

void multiplyInParts(const Side &left, const Side &right, bool adds, float *c, int64_t stride)
{
    thread_local Words scratch;
    const int64_t m = left.count, n = right.count, k = left.depth, panels = panelsOf(m);
    const int64_t threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    const int64_t perTask = std::clamp<int64_t>(panels / (kTasksPerThread * threads), 1, kMostPanels);
    const int64_t tasks = (panels + perTask - 1) / perTask;
    const bool aligned = reinterpret_cast<uintptr_t>(c) % 64 == 0 && stride % 16 == 0;
    for (int64_t begin = 0; begin < k; begin += kDepthAtATime) {
        const int64_t depth = std::min(kDepthAtATime, k - begin), words = wordsOf(depth);
        const int64_t columnsAtATime = columnsPerTurn(n, words);
        for (int64_t column = 0; column < n; column += columnsAtATime) {
            const int64_t columns = std::min(columnsAtATime, n - column);
            uint32_t *split = scratch.atLeast(panelsOf(columns) * words);
            forEachBlock(panelsOf(columns), [&](int64_t panel) {
                kernels::splitPanel(right, column + panel * kPanel, begin, depth, split + panel * words);
            });
            const bool addsHere = adds || begin > 0;
            const Pass pass{left, split, column, columns, begin, depth, addsHere,
                            aligned && !addsHere && k <= kDepth && m * n >= kStreamedNumbers, c, stride};
            forEachBlock(tasks, [&](int64_t task) {
                pass.multiply(task * perTask, std::min(panels, (task + 1) * perTask));
            });
        }
    }
}

}  // namespace athanor::tensor
