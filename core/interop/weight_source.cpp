// What all sources share, and telling the formats apart. Thread: see the header.
#include "core/interop/weight_source.h"

#include "core/interop/element_conversion.h"
#include "core/interop/gguf.h"
#include "core/interop/mapped_file.h"
#include "core/interop/safetensors_folder.h"
#include "core/interop/torch_checkpoint.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

using Opener = Result<std::unique_ptr<WeightSource>> (*)(const QString &);

struct KnownFile {
    const char *name;
    Opener open;
};
constexpr KnownFile kInFolder[] = {
    {"model.safetensors", openSafetensors},
    {"model.safetensors.index.json", openShardedSafetensors},
    {"pytorch_model.bin", openTorchCheckpoint},
    {"pytorch_model.bin.index.json", openShardedTorchCheckpoint},
};

Result<std::unique_ptr<WeightSource>> openFolder(const QString &path)
{
    QStringList looked;
    for (const KnownFile &known : kInFolder) {
        const QString file = QDir(path).filePath(QLatin1String(known.name));
        if (QFileInfo::exists(file))
            return known.open(file);
        looked.append(QLatin1String(known.name));
    }
    return fail(ErrorCode::NotFound,
                tr("“%1” holds no weights: none of %2 is in it.").arg(path, looked.join(QStringLiteral(", "))),
                tr("Choose the folder with the weights, or the file itself."));
}

/// A zip archive, a pickle, or a name that only PyTorch's files have. (A safetensors file whose header is 0x80 bytes long
/// begins like a pickle, but its byte 8 is a brace.)
bool isTorchCheckpoint(const QString &path, QByteArrayView file)
{
    if (file.startsWith(QByteArrayView("PK\3\4", 4)))
        return true;
    const bool isHeader = file.size() > 8 && file[8] == '{';
    return !isHeader && (file.startsWith(QByteArrayView("\x80", 1)) || path.endsWith(QLatin1String(".bin"))
                         || path.endsWith(QLatin1String(".pt")) || path.endsWith(QLatin1String(".pth")));
}

}  // namespace

WeightSource::~WeightSource() = default;

const WeightEntry *WeightSource::find(const QString &name) const
{
    const auto found = m_byName.constFind(name);
    return found == m_byName.constEnd() ? nullptr : &m_entries[*found];
}

void WeightSource::addFile(const QString &path) { m_files.append(QFileInfo(path).absoluteFilePath()); }

Status WeightSource::add(WeightEntry entry)
{
    if (m_byName.contains(entry.name))
        return fail(ErrorCode::Corrupt, tr("The tensor “%1” is there twice.").arg(entry.name.left(120)),
                    tr("Copy or download the model again."));
    ATHANOR_ASSIGN(entry.elementCount, interop::elementCount(entry.shape));
    entry.index = m_entries.size();
    m_byName.insert(entry.name, entry.index);
    m_entries.push_back(std::move(entry));
    return {};
}

Status WeightSource::readF32(const WeightEntry &entry, qint64 first, qint64 count, float *out) const
{
    if (first < 0 || count < 0 || first > entry.elementCount || count > entry.elementCount - first)
        return fail(ErrorCode::InvalidInput, tr("%1 elements of “%2” from %3 on were asked for, and it has %4.")
                                                 .arg(count).arg(entry.name).arg(first).arg(entry.elementCount));
    return count == 0 ? Status() : readRange(entry, first, count, out);
}

Status WeightSource::readRange(const WeightEntry &entry, qint64 first, qint64 count, float *out) const
{
    ATHANOR_ASSIGN(const QByteArrayView all, bytes(entry));
    convertToF32(*entry.element, all.data() + first * elementBytes(*entry.element), count, out);
    return {};
}

Result<std::unique_ptr<WeightSource>> openWeights(const QString &path)
{
    if (QFileInfo(path).isDir())
        return openFolder(path);
    if (path.endsWith(QLatin1String(".bin.index.json")))
        return openShardedTorchCheckpoint(path);
    if (path.endsWith(QLatin1String(".index.json")))
        return openShardedSafetensors(path);
    ATHANOR_ASSIGN(const MappedFile file, MappedFile::open(path));
    if (file.bytes().startsWith(QByteArrayView("GGUF", 4)))
        return openGguf(path);
    if (isTorchCheckpoint(path, file.bytes()))
        return openTorchCheckpoint(path);
    return openSafetensors(path);
}

}  // namespace athanor::interop
