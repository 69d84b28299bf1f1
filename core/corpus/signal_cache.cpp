#include "core/corpus/signal_cache.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/corpus/read_cache.h"

#include <QDataStream>

#include <cmath>
#include <cstring>
#include <zstd.h>

namespace athanor::corpus {

namespace {

constexpr quint32 kSignalFormat = 1;
constexpr qint64 kMostBytes = qint64(2) << 30;  // unpacked
constexpr int kLevel = 3;
constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

QByteArray unpacked(const QByteArray &packed)
{
    const unsigned long long size = ZSTD_getFrameContentSize(packed.constData(), static_cast<size_t>(packed.size()));
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > static_cast<unsigned long long>(kMostBytes))
        return {};
    QByteArray plain(static_cast<qsizetype>(size), Qt::Uninitialized);
    const size_t length = ZSTD_decompress(plain.data(), static_cast<size_t>(size), packed.constData(), static_cast<size_t>(packed.size()));
    return !ZSTD_isError(length) && length == size ? plain : QByteArray();
}

QByteArray packed(const QByteArray &plain)
{
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    QByteArray frame(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(plain.size()))), Qt::Uninitialized);
    const size_t length = ZSTD_compress2(context.get(), frame.data(), static_cast<size_t>(frame.size()), plain.constData(), static_cast<size_t>(plain.size()));
    if (ZSTD_isError(length))
        return {};
    frame.truncate(static_cast<qsizetype>(length));
    return frame;
}

}  // namespace

TextKey textKey(const TextKey &textSha256, const QString &language)
{
    const QByteArray digest = QByteArray::fromHex(sha256(QByteArray(textSha256.data(), qsizetype(textSha256.size())) + language.toUtf8()).toLatin1());
    TextKey key{};
    std::memcpy(key.data(), digest.constData(), std::min<size_t>(key.size(), static_cast<size_t>(digest.size())));
    return key;
}

size_t SignalCache::Hash::operator()(const TextKey &key) const
{
    size_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof(hash));
    return hash;
}

SignalCache::SignalCache(const QString &projectPath, const QByteArray &measuredWith)
    : m_folder(QStringLiteral("%1/%2/signals").arg(projectPath, QLatin1String(kCacheFolder))),
      m_file(QStringLiteral("%1/%2.zst").arg(m_folder, sha256(measuredWith).left(32))), m_measuredWith(measuredWith)
{
    if (const auto bytes = readFile(m_file, kMostBytes))
        read(unpacked(*bytes));
}

/// All of it or nothing.
void SignalCache::read(const QByteArray &bytes)
{
    QDataStream in(bytes);
    in.setVersion(QDataStream::Qt_6_0);
    quint32 format = 0;
    QByteArray measuredWith;
    QStringList columns;
    quint64 rows = 0;
    in >> format >> measuredWith >> columns >> rows;
    const qint64 start = in.device()->pos();
    const auto width = static_cast<quint64>(sizeof(TextKey)) + sizeof(double) * static_cast<quint64>(columns.size());
    if (in.status() != QDataStream::Ok || format != kSignalFormat || measuredWith != m_measuredWith || rows > static_cast<quint64>(bytes.size()) / width
        || static_cast<quint64>(bytes.size() - start) != rows * width)
        return;
    const char *at = bytes.constData() + start;
    m_rows.reserve(rows);
    for (size_t row = 0; row < rows; ++row, at += sizeof(TextKey)) {
        TextKey key;
        std::memcpy(key.data(), at, sizeof(TextKey));
        m_rows.emplace(key, row);
    }
    m_columns = columns;
    m_values.assign(static_cast<size_t>(columns.size()), std::vector<double>(rows));
    for (std::vector<double> &column : m_values) {
        std::memcpy(column.data(), at, rows * sizeof(double));
        at += rows * sizeof(double);
    }
    m_isUsed.assign(rows, 0);
}

std::optional<Signals> SignalCache::find(const TextKey &key) const
{
    const std::lock_guard locked(m_mutex);
    const auto found = m_rows.find(key);
    if (found == m_rows.end())
        return std::nullopt;
    m_isUsed[found->second] = 1;
    Signals measured;
    for (size_t i = 0; i < m_values.size(); ++i)
        if (const double value = m_values[i][found->second]; !std::isnan(value))
            measured.insert(m_columns[static_cast<qsizetype>(i)], value);
    return measured;
}

size_t SignalCache::columnOf(const QString &name)
{
    if (const qsizetype known = m_columns.indexOf(name); known >= 0)
        return static_cast<size_t>(known);
    m_columns += name;
    m_values.emplace_back(m_isUsed.size(), kAbsent);
    return m_values.size() - 1;
}

void SignalCache::add(const TextKey &key, const Signals &measured)
{
    const std::lock_guard locked(m_mutex);
    if (!m_rows.emplace(key, m_isUsed.size()).second)
        return;
    m_isNew = true;
    m_isUsed.push_back(1);
    for (std::vector<double> &column : m_values)
        column.push_back(kAbsent);
    for (auto it = measured.begin(); it != measured.end(); ++it)
        m_values[columnOf(it.key())].back() = it.value();
}

QByteArray SignalCache::toBytes(Asked asked) const
{
    const auto used = static_cast<size_t>(std::count(m_isUsed.begin(), m_isUsed.end(), 1));
    const bool all = asked == Asked::Some || used * 2 >= m_isUsed.size();
    std::vector<std::pair<TextKey, size_t>> rows;
    for (const auto &[key, row] : m_rows)
        if (all || m_isUsed[row])
            rows.emplace_back(key, row);
    std::sort(rows.begin(), rows.end());
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out.setVersion(QDataStream::Qt_6_0);
    out << kSignalFormat << m_measuredWith << m_columns << static_cast<quint64>(rows.size());
    const qint64 total = bytes.size() + static_cast<qint64>(rows.size() * (sizeof(TextKey) + sizeof(double) * m_values.size()));
    if (total > kMostBytes)
        return {};
    bytes.reserve(total);
    for (const auto &[key, row] : rows)
        bytes.append(key.data(), key.size());
    for (const std::vector<double> &column : m_values)
        for (const auto &[key, row] : rows)
            bytes.append(reinterpret_cast<const char *>(&column[row]), sizeof(double));
    return bytes;
}

void SignalCache::save(Asked asked)
{
    if (!m_isNew || !makeFolder(m_folder))
        return;
    const QByteArray plain = toBytes(asked);
    const QByteArray bytes = plain.isEmpty() ? plain : packed(plain);
    const qint64 free = freeDiskBytes(m_folder);
    if (!bytes.isEmpty() && (free < 0 || free > 4 * bytes.size()))
        (void)writeFileAtomically(m_file, bytes);
}

}  // namespace athanor::corpus
