#include "core/base/machine.h"

#include <QFile>
#include <QRegularExpression>
#include <QSysInfo>

#include <clocale>
#include <sched.h>
#include <unistd.h>

namespace athanor {

namespace {

QByteArray wholeFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 kibibytesAfter(const QByteArray &text, const char *key)
{
    const qsizetype at = text.indexOf(key);
    if (at < 0)
        return 0;
    const qsizetype end = text.indexOf('\n', at);
    const QByteArray line = text.mid(at, end - at);
    return line.mid(line.indexOf(':') + 1).simplified().split(' ').first().toLongLong();
}

int affinityCores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    return CPU_COUNT(&set);
}

int coresWithinQuota(int cores)
{
    const QList<QByteArray> quota = wholeFile(QStringLiteral("/sys/fs/cgroup/cpu.max")).simplified().split(' ');
    if (quota.size() != 2 || quota[0] == "max" || quota[1].toDouble() <= 0)
        return cores;
    const int allowed = static_cast<int>(quota[0].toDouble() / quota[1].toDouble() + 0.5);
    return std::clamp(allowed, 1, cores);
}

QString processorName(const QByteArray &cpuinfo)
{
    const qsizetype at = cpuinfo.indexOf("model name");
    if (at < 0)
        return QSysInfo::currentCpuArchitecture();
    const QByteArray line = cpuinfo.mid(at, cpuinfo.indexOf('\n', at) - at);
    return QString::fromUtf8(line.mid(line.indexOf(':') + 1).trimmed());
}

bool hasFlag(const QByteArray &cpuinfo, const char *flag)
{
    const qsizetype at = cpuinfo.indexOf("flags");
    const QByteArray line = at < 0 ? QByteArray() : cpuinfo.mid(at, cpuinfo.indexOf('\n', at) - at) + ' ';
    return line.contains(QByteArray(" ") + flag + ' ');
}

}  // namespace

MachineFacts machineFacts()
{
    MachineFacts facts;
    facts.coreCount = coresWithinQuota(affinityCores());
    const QByteArray meminfo = wholeFile(QStringLiteral("/proc/meminfo"));
    facts.memoryBytes = kibibytesAfter(meminfo, "MemTotal") * 1024;
    facts.freeMemoryBytes = kibibytesAfter(meminfo, "MemAvailable") * 1024;
    const qint64 limit = wholeFile(QStringLiteral("/sys/fs/cgroup/memory.max")).trimmed().toLongLong();
    if (limit > 0 && limit < facts.memoryBytes) {
        const qint64 used = wholeFile(QStringLiteral("/sys/fs/cgroup/memory.current")).trimmed().toLongLong();
        facts.memoryBytes = limit;
        facts.freeMemoryBytes = std::min(facts.freeMemoryBytes, std::max<qint64>(0, limit - used));
    }
    const QByteArray cpuinfo = wholeFile(QStringLiteral("/proc/cpuinfo"));
    facts.processor = processorName(cpuinfo);
    facts.hasAvx2 = hasFlag(cpuinfo, "avx2");
    facts.hasAvx512 = hasFlag(cpuinfo, "avx512f");
    facts.hasMatrixUnit = hasFlag(cpuinfo, "amx_bf16");
    facts.hasBf16 = hasFlag(cpuinfo, "avx512_bf16") || facts.hasMatrixUnit;
    facts.hasFastBf16Dots = facts.hasAvx512 && hasFlag(cpuinfo, "avx512_bf16") && cpuinfo.contains("AuthenticAMD");
    facts.hostName = QSysInfo::machineHostName();
    facts.bootId = QString::fromLatin1(wholeFile(QStringLiteral("/proc/sys/kernel/random/boot_id")).trimmed());
    return facts;
}

QJsonObject toJson(const MachineFacts &facts)
{
    return {{QStringLiteral("cores"), facts.coreCount},
            {QStringLiteral("memoryBytes"), facts.memoryBytes},
            {QStringLiteral("freeMemoryBytes"), facts.freeMemoryBytes},
            {QStringLiteral("processor"), facts.processor},
            {QStringLiteral("avx2"), facts.hasAvx2},
            {QStringLiteral("avx512"), facts.hasAvx512},
            {QStringLiteral("bf16"), facts.hasBf16},
            {QStringLiteral("bf16IsFaster"), facts.prefersBf16()},
            {QStringLiteral("host"), facts.hostName},
            {QStringLiteral("bootId"), facts.bootId}};
}

qint64 residentBytes()
{
    const QList<QByteArray> fields = wholeFile(QStringLiteral("/proc/self/statm")).split(' ');
    return fields.size() > 1 ? fields[1].toLongLong() * sysconf(_SC_PAGESIZE) : 0;
}

qint64 peakResidentBytes()
{
    return kibibytesAfter(wholeFile(QStringLiteral("/proc/self/status")), "VmHWM") * 1024;
}

void useCLocaleForNumbers()
{
    std::setlocale(LC_NUMERIC, "C");
}

}  // namespace athanor
