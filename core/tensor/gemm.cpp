#include "core/tensor/gemm.h"

#include "core/base/machine.h"
#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/matrix_unit_rows.h"
#include "core/tensor/parts_product.h"
#include "core/tensor/weight_product.h"

#include <QByteArray>
#include <QtGlobal>

#include <dlfcn.h>

namespace athanor::tensor {

namespace {

constexpr int64_t kVeryFewRows = 2;  // as in generation

// oneDNN's C interface: row-major, sizes of 64 bits; returns 0 for success.
using OneDnnSgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *, int64_t,
                            float, float *, int64_t);

OneDnnSgemm oneDnnSgemm()
{
    static const auto function = reinterpret_cast<OneDnnSgemm>(dlsym(RTLD_DEFAULT, "dnnl_sgemm"));
    return function;
}

torch::Tensor viewOf(const float *values, Transposed transposed, int64_t rows, int64_t columns, int64_t stride)
{
    float *own = const_cast<float *>(values);
    return transposed == Transposed::No ? torch::from_blob(own, {rows, columns}, {stride, 1})
                                        : torch::from_blob(own, {rows, columns}, {1, stride});
}

bool oneDnnMayUseBf16()
{
    const QByteArray most = qgetenv("DNNL_MAX_CPU_ISA").toUpper();
    return most.isEmpty() || most.contains("BF16") || most.contains("AMX") || most == "ALL" || most == "DEFAULT";
}

bool decideBf16()
{
    const QByteArray wish = qgetenv("ATHANOR_BF16");
    if (!wish.isEmpty())
        return wish == "native" || wish == "pairs";
    return machineFacts().prefersBf16() && oneDnnMayUseBf16();
}

torch::Tensor productOfFloats(const torch::Tensor &a, Transposed aT, const torch::Tensor &b, Transposed bT)
{
    const int64_t m = aT == Transposed::No ? a.size(0) : a.size(1), k = aT == Transposed::No ? a.size(1) : a.size(0);
    const int64_t n = bT == Transposed::No ? b.size(1) : b.size(0);
    torch::Tensor c = torch::empty({m, n}, at::kFloat);
    sgemm(aT, bT, m, n, k, a.data_ptr<float>(), a.size(1), b.data_ptr<float>(), b.size(1), 0, c.data_ptr<float>(), n);
    return c;
}

}  // namespace

bool multipliesBf16()
{
    static const bool decision = decideBf16();
    return decision;
}

bool multipliesInParts()
{
    static const bool decision = kernels::hasMatrixUnit() && oneDnnMayUseBf16() && qgetenv("ATHANOR_F32") != "library";
    return decision;
}

bool dotsBf16()
{
    static const bool decision =
        qgetenv("ATHANOR_BF16") == "pairs"
        || (multipliesBf16()
            && (kernels::hasMatrixUnit() || (kernels::hasPairProducts() && machineFacts().hasFastBf16Dots)));
    return decision;
}

const char *sgemmName() { return oneDnnSgemm() ? "oneDNN" : "LibTorch"; }

void sgemm(Transposed aT, Transposed bT, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
           int64_t ldb, float beta, float *c, int64_t ldc)
{
    if (multipliesInParts() && isFasterInParts(m, n, k) && (beta == 0.0f || beta == 1.0f)) {
        multiplyInParts({a, lda, aT == Transposed::No, m, k, false}, {b, ldb, bT == Transposed::Yes, n, k, true}, beta == 1.0f,
                        c, ldc);
        return;
    }
    if (const OneDnnSgemm multiply = oneDnnSgemm()) {
        const int status = multiply(aT == Transposed::Yes ? 'T' : 'N', bT == Transposed::Yes ? 'T' : 'N', m, n, k, 1.0f,
                                    a, lda, b, ldb, beta, c, ldc);
        TORCH_CHECK(status == 0, "oneDNN refused a matrix product of ", m, " × ", n, " × ", k);
        return;
    }
    torch::NoGradGuard noGradients;
    torch::Tensor to = torch::from_blob(c, {m, n}, {ldc, 1});
    const torch::Tensor left = viewOf(a, aT, m, k, lda), right = viewOf(b, bT, k, n, ldb);
    if (beta == 0.0f)
        to.copy_(at::mm(left, right));
    else
        to.addmm_(left, right, beta, 1);
}

torch::Tensor matrixProduct(const torch::Tensor &aIn, Transposed aT, const torch::Tensor &bIn, Transposed bT)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor a = aIn.contiguous(), b = bIn.contiguous();
    TORCH_CHECK(a.dim() == 2 && b.dim() == 2 && a.scalar_type() == b.scalar_type(), "two matrices of one format");
    TORCH_CHECK(a.size(aT == Transposed::No ? 1 : 0) == b.size(bT == Transposed::No ? 0 : 1),
                "the matrices' inner sizes differ: ", a.sizes(), " and ", b.sizes());
    const auto multiply = [&] { return at::mm(aT == Transposed::No ? a : a.t(), bT == Transposed::No ? b : b.t()); };
    if (!usesKernels(a) || a.numel() == 0 || b.numel() == 0)  // oneDNN refuses empty products
        return multiply();
    if (a.size(0) <= kVeryFewRows && aT == Transposed::No && bT == Transposed::Yes)
        return weightProduct(a, b);
    if (a.scalar_type() != at::kFloat && multipliesBf16())
        return multiply();
    return inFormat(productOfFloats(inFormat(a, at::kFloat), aT, inFormat(b, at::kFloat), bT), a.scalar_type());
}

}  // namespace athanor::tensor
