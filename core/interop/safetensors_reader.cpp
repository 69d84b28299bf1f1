// Reading safetensors through a memory map. Thread: const after open().
#include "core/interop/mapped_file.h"
#include "core/interop/safetensors.h"

#include <QCoreApplication>
#include <QHash>
#include <QtEndian>

namespace athanor::interop {
namespace {

constexpr quint64 kLargestHeader = 100'000'000;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corruptFile(const QString &path, const QString &why)
{
    return fail(ErrorCode::Corrupt, tr("“%1” is no whole safetensors file: %2.").arg(path, why),
                tr("Copy or download it again; of a training run, use an earlier checkpoint."));
}

}  // namespace

struct SafetensorsReader::Impl {
    MappedFile file;
    const char *map = nullptr;
    qint64 dataStart = 0;
    std::vector<TensorEntry> entries;
    QHash<QString, size_t> byName;
    QMap<QString, QString> metadata;

    Status open(const QString &path);
};

Status SafetensorsReader::Impl::open(const QString &path)
{
    ATHANOR_ASSIGN(file, MappedFile::open(path));
    map = file.bytes().data();
    const qint64 size = file.size();
    if (size < 8)
        return corruptFile(path, tr("it has %1 bytes, and the length of the header alone needs 8").arg(size));
    const quint64 headerBytes = qFromLittleEndian<quint64>(map);
    if (headerBytes > kLargestHeader)
        return corruptFile(path, tr("it announces a header of %1 bytes").arg(headerBytes));
    if (qint64(headerBytes) > size - 8)
        return corruptFile(path, tr("its header of %1 bytes is cut off").arg(headerBytes));
    dataStart = 8 + qint64(headerBytes);
    const QByteArrayView header(map + 8, qsizetype(headerBytes));
    auto parsed = parseSafetensorsHeader(header, size - dataStart, entries, metadata);
    if (!parsed) {
        parsed.error().message = tr("“%1” cannot be used. %2").arg(path, parsed.error().message);
        return parsed;
    }
    for (size_t i = 0; i < entries.size(); ++i)
        byName.insert(entries[i].name, i);
    return {};
}

SafetensorsReader::SafetensorsReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
SafetensorsReader::SafetensorsReader(SafetensorsReader &&) noexcept = default;
SafetensorsReader::~SafetensorsReader() = default;

Result<SafetensorsReader> SafetensorsReader::open(const QString &path)
{
    auto impl = std::make_unique<Impl>();
    ATHANOR_TRY(impl->open(path));
    return SafetensorsReader(std::move(impl));
}

const std::vector<TensorEntry> &SafetensorsReader::tensors() const { return m_impl->entries; }

const TensorEntry *SafetensorsReader::find(const QString &name) const
{
    const auto found = m_impl->byName.constFind(name);
    return found == m_impl->byName.constEnd() ? nullptr : &m_impl->entries[*found];
}

const QMap<QString, QString> &SafetensorsReader::metadata() const { return m_impl->metadata; }

QByteArrayView SafetensorsReader::bytes(const TensorEntry &entry) const
{
    return {m_impl->map + m_impl->dataStart + entry.begin, qsizetype(entry.byteCount)};
}

QString SafetensorsReader::path() const { return m_impl->file.path(); }

}  // namespace athanor::interop
