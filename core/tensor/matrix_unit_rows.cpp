#include "core/tensor/matrix_unit_rows.h"

#include <cstdlib>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define ATHANOR_MATRIX_UNIT 1
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace athanor::tensor::kernels {

#if defined(ATHANOR_MATRIX_UNIT)

namespace {

#define ATHANOR_AMX __attribute__((target("amx-tile,amx-bf16")))

constexpr int64_t kTileRows = 16, kTileWords = 16;  // a tile is 1 KiB: rows of 64 bytes

// Linux lends the unit's registers to a process that asks (5.16 and later).
bool isLent()
{
    constexpr long kRequestPermission = 0x1023, kTileData = 18;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool takesUnit()
{
    const char *rows = std::getenv("ATHANOR_ROWS"), *bf16 = std::getenv("ATHANOR_BF16");
    return !(rows && std::strcmp(rows, "plain") == 0) && !(bf16 && std::strcmp(bf16, "pairs") == 0)
           && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && isLent();
}

// What LDTILECFG reads: eight tiles of 16 rows of 64 bytes.
struct alignas(64) Configuration {
    Configuration()
    {
        for (int tile = 0; tile < 8; ++tile) {
            rowBytes[tile] = 64;
            rows[tile] = kTileRows;
        }
    }
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {};
    uint8_t rows[16] = {};
};

ATHANOR_AMX void configure()
{
    static const Configuration configuration;
    _tile_loadconfig(&configuration);
}
ATHANOR_AMX void release() { _tile_release(); }

// Two by two tiles of sums, in the tiles 0 to 3.
ATHANOR_AMX inline __attribute__((always_inline)) void loadSums(const float *sums, int64_t stride, bool adds)
{
    const int64_t bytes = stride * int64_t(sizeof(float));
    if (!adds) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        return;
    }
    _tile_loadd(0, sums, bytes);
    _tile_loadd(1, sums + kTileWords, bytes);
    _tile_loadd(2, sums + kTileRows * stride, bytes);
    _tile_loadd(3, sums + kTileRows * stride + kTileWords, bytes);
}
ATHANOR_AMX inline __attribute__((always_inline)) void storeSums(float *sums, int64_t stride)
{
    const int64_t bytes = stride * int64_t(sizeof(float));
    _tile_stored(0, sums, bytes);
    _tile_stored(1, sums + kTileWords, bytes);
    _tile_stored(2, sums + kTileRows * stride, bytes);
    _tile_stored(3, sums + kTileRows * stride + kTileWords, bytes);
}

ATHANOR_AMX inline __attribute__((always_inline)) void multiplyTiles(const void *upper, const void *lower, int64_t leftBytes,
                                                                     const void *first, const void *second, int64_t rightBytes)
{
    _tile_loadd(4, upper, leftBytes);
    _tile_loadd(6, first, rightBytes);
    _tile_loadd(7, second, rightBytes);
    _tile_loadd(5, lower, leftBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

ATHANOR_AMX void pairProductTiles(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n,
                                  int64_t pairs, bool adds, float *sums, int64_t stride)
{
    constexpr int64_t kBytes = sizeof(Pair);
    for (int64_t j = 0; j < n; j += 2 * kTileWords)
        for (int64_t r = 0; r < m; r += 2 * kTileRows) {
            float *to = sums + r * stride + j;
            loadSums(to, stride, adds);
            for (int64_t p = 0; p < pairs; p += kTileWords) {
                const Pair *left = a + r * aStride + p, *right = b + p * bStride + j;
                multiplyTiles(left, left + kTileRows * aStride, aStride * kBytes, right, right + kTileWords, bStride * kBytes);
            }
            storeSums(to, stride);
        }
}

const bool kHasUnit = takesUnit();

}  // namespace

bool hasMatrixUnit() { return kHasUnit; }

MatrixUnit::MatrixUnit()
{
    if (kHasUnit)
        configure();
}

MatrixUnit::~MatrixUnit()
{
    if (kHasUnit)
        release();
}

void pairProductByUnit(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                       bool adds, float *sums, int64_t stride)
{
    pairProductTiles(a, aStride, b, bStride, m, n, pairs, adds, sums, stride);
}

#else

bool hasMatrixUnit() { return false; }
MatrixUnit::MatrixUnit() = default;
MatrixUnit::~MatrixUnit() = default;
void pairProductByUnit(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                       bool adds, float *sums, int64_t stride)
{
    pairProductPlain(a, aStride, b, bStride, m, n, pairs, adds, sums, stride);
}

#endif

}  // namespace athanor::tensor::kernels
