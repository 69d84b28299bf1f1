#include "core/tensor/device.h"

#include "core/base/graphics.h"

#include <torch/cuda.h>
#include <torch/version.h>

#include <QCoreApplication>
#include <QJsonArray>
#include <QRegularExpression>

#include <atomic>
#include <utility>

// One interface for the allocators of all devices.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 10)
#define ATHANOR_DEVICE_ALLOCATORS
#include <c10/core/CachingDeviceAllocator.h>
#endif

namespace athanor::tensor {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

std::atomic<bool> &plainKernels()
{
    static std::atomic<bool> plain = qgetenv("ATHANOR_KERNELS") == "plain";
    return plain;
}

tl::unexpected<Error> noCuda()
{
    return fail(ErrorCode::Unsupported, tr("This Athanor computes on the processor only: its LibTorch has no CUDA."),
                tr("Run ./installer/setup deps --cuda and ./installer/setup build --cuda, or choose the device “cpu”."));
}

tl::unexpected<Error> noCard()
{
    return fail(ErrorCode::Unsupported, tr("No graphics card was found that LibTorch can compute on."),
                tr("Look whether nvidia-smi lists one: the driver may be missing, or too old. Or choose the device “cpu”."));
}

tl::unexpected<Error> noSuchCard(int number, int count)
{
    return fail(ErrorCode::Unsupported, tr("There is no graphics card number %1: this machine has %2.").arg(number).arg(count),
                tr("They are counted from 0: cuda:0 … cuda:%1.").arg(count - 1));
}

}  // namespace

bool usesKernels(at::Device device)
{
    return device.is_cpu() && !plainKernels().load(std::memory_order_relaxed);
}

PlainKernels::PlainKernels() : m_before(plainKernels().exchange(true)) {}
PlainKernels::~PlainKernels() { plainKernels() = m_before; }

CudaFacts cudaFacts()
{
    return {at::Context::hasCUDART(), torch::cuda::is_available() ? int(torch::cuda::device_count()) : 0};
}

Result<at::Device> deviceFromName(const QString &name, const CudaFacts &cuda)
{
    static const QRegularExpression pattern(QStringLiteral("^cuda(?::([0-9]{1,2}))?$"));
    if (name == QLatin1String("cpu"))
        return at::Device(at::kCPU);
    const QRegularExpressionMatch match = pattern.match(name);
    if (!match.hasMatch())
        return fail(ErrorCode::InvalidInput, tr("“%1” is not a device.").arg(name), tr("Choose cpu, cuda, or cuda:1 for the second card."));
    if (!cuda.isBuiltIn)
        return noCuda();
    if (cuda.count < 1)
        return noCard();
    const int number = match.captured(1).toInt();
    if (number >= cuda.count)
        return noSuchCard(number, cuda.count);
    return at::Device(at::kCUDA, at::DeviceIndex(number));
}

QString deviceName(at::Device device) { return QString::fromStdString(device.str()); }

QJsonArray deviceFacts()
{
    QJsonArray all;
    const QList<GraphicsCard> cards = graphicsCards();
    for (int number = 0; number < cudaFacts().count; ++number) {
        const GraphicsCard card = cards.value(number);
        const auto memory = deviceMemory(at::Device(at::kCUDA, at::DeviceIndex(number)));
        all.append(QJsonObject{{QStringLiteral("id"), QStringLiteral("cuda:%1").arg(number)},
                               {QStringLiteral("name"), card.name},
                               {QStringLiteral("memoryBytes"), card.memoryBytes},
                               {QStringLiteral("freeMemoryBytes"), memory ? memory->free : card.memoryBytes}});
    }
    return all;
}

#ifdef ATHANOR_DEVICE_ALLOCATORS

std::optional<DeviceMemory> deviceMemory(at::Device device)
{
    if (!device.is_cuda())
        return std::nullopt;
    at::DeviceAllocator *allocator = at::getDeviceAllocator(device.type());
    const auto [free, total] = allocator->getMemoryInfo(device.index());
    constexpr auto all = size_t(c10::CachingAllocator::StatType::AGGREGATE);
    return DeviceMemory{qint64(total), qint64(free), allocator->getDeviceStats(device.index()).reserved_bytes[all].current};
}

void releaseKeptMemory(at::Device device)
{
    if (device.is_cuda())
        at::getDeviceAllocator(device.type())->emptyCache();
}

#else

std::optional<DeviceMemory> deviceMemory(at::Device) { return std::nullopt; }
void releaseKeptMemory(at::Device) {}  // older allocators do it by themselves before they give up

#endif

void prepareDevice(at::Device device)
{
    if (!device.is_cuda())
        return;
    qputenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8");  // cuBLAS asks for it, to give the same bits every time
    at::globalContext().setDeterministicAlgorithms(true, true);
    at::globalContext().setAllowTF32CuBLAS(false);
}

void finishWork(at::Device device)
{
    if (device.is_cuda())
        torch::cuda::synchronize(device.index());
}

}  // namespace athanor::tensor
