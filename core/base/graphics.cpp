#include "core/base/graphics.h"

#include "core/base/atomic_file.h"
#include "core/base/locations.h"

#include <QFile>
#include <QJsonObject>

#include <dlfcn.h>

#include <algorithm>

namespace athanor {

namespace {

constexpr int kMostCards = 64;
constexpr int kComputeCapabilityMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR

// The part of CUDA's driver interface that is needed: stable since CUDA 3.2. Every function returns 0 for success.
struct Driver {
    int (*init)(unsigned) = nullptr;
    int (*count)(int *) = nullptr;
    int (*get)(int *, int) = nullptr;
    int (*name)(char *, int, int) = nullptr;
    int (*memory)(size_t *, int) = nullptr;
    int (*attribute)(int *, int, int) = nullptr;

    bool isWhole() const { return init && count && get && name && memory && attribute; }
};

template <typename Function> void resolve(void *library, const char *symbol, Function &function)
{
    function = reinterpret_cast<Function>(dlsym(library, symbol));
}

Driver driverOf(void *library)
{
    Driver driver;
    resolve(library, "cuInit", driver.init);
    resolve(library, "cuDeviceGetCount", driver.count);
    resolve(library, "cuDeviceGet", driver.get);
    resolve(library, "cuDeviceGetName", driver.name);
    resolve(library, "cuDeviceTotalMem_v2", driver.memory);
    resolve(library, "cuDeviceGetAttribute", driver.attribute);
    return driver;
}

}  // namespace

QList<GraphicsCard> graphicsCardsOf(const QString &driverLibrary)
{
    QList<GraphicsCard> cards;
    void *library = dlopen(QFile::encodeName(driverLibrary).constData(), RTLD_NOW | RTLD_LOCAL);  // stays: drivers keep threads
    const Driver driver = library ? driverOf(library) : Driver();
    int count = 0;
    if (!driver.isWhole() || driver.init(0) != 0 || driver.count(&count) != 0)
        return cards;
    for (int number = 0; number < std::min(count, kMostCards); ++number) {
        int device = 0, capability = 0;
        char name[256] = {};
        size_t bytes = 0;
        if (driver.get(&device, number) == 0 && driver.name(name, int(sizeof name) - 1, device) == 0
            && driver.memory(&bytes, device) == 0 && driver.attribute(&capability, kComputeCapabilityMajor, device) == 0)
            cards.append({QString::fromUtf8(name), qint64(bytes), capability});
    }
    return cards;
}

bool isBuiltWithCuda()
{
    const auto note = readJsonFile(moduleFolder() + QStringLiteral("/athanor_tensor_side.json"));
    return note && note->value(QLatin1String("cuda")).toBool();
}

QList<GraphicsCard> usableGraphicsCards()
{
    static const bool isBuiltIn = isBuiltWithCuda();
    return isBuiltIn ? graphicsCards() : QList<GraphicsCard>();
}

QList<GraphicsCard> graphicsCards()
{
    static const QList<GraphicsCard> cards = graphicsCardsOf(QStringLiteral("libcuda.so.1"));
    return cards;
}

}  // namespace athanor
