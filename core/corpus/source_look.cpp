#include "core/corpus/source_look.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/plugin/registry.h"
#include "core/text/segment.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QtEndian>

#include <algorithm>
#include <vector>

namespace athanor::corpus {

namespace {

constexpr char kMagic[] = "ATHSRCF\n";
constexpr quint32 kFormat = 1;
constexpr qsizetype kHeaderBytes = 16;
constexpr qsizetype kHashDigits = 64;
constexpr qint64 kMostBytes = qint64(1) << 30;
constexpr qsizetype kMostExamples = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

template <typename T> void put(QByteArray &out, T value)
{
    const T little = qToLittleEndian(value);
    out.append(reinterpret_cast<const char *>(&little), sizeof(T));
}

quint64 fileOf(const QString &source, const SourceItem &item)
{
    return text::hash64((source + QLatin1Char('\n') + item.path).toUtf8());
}

tl::unexpected<Error> notNoted()
{
    return fail(ErrorCode::NotFound, tr("How the sources stood was not noted."), tr("Prepare the dataset again."));
}

quint64 stateOfItem(const SourceItem &item)
{
    QByteArray bytes;
    put<qint64>(bytes, item.bytes);
    put<qint64>(bytes, item.modifiedNs);
    return text::hash64(bytes);
}

}  // namespace

QString placeOf(const QString &location, const QString &plugin, const QString &projectPath)
{
    return plugin == QLatin1String("source.files") && !location.isEmpty() ? QDir(projectPath).absoluteFilePath(location) : location;
}

void Fingerprint::add(const QString &source, const SourceItem &item)
{
    m_files.emplace(fileOf(source, item), stateOfItem(item));
}

Fingerprint::State Fingerprint::stateOf(const QString &source, const SourceItem &item) const
{
    const auto found = m_files.find(fileOf(source, item));
    if (found == m_files.end())
        return State::Unknown;
    return found->second == stateOfItem(item) ? State::Same : State::Changed;
}

Status Fingerprint::write(const QString &path) const
{
    std::vector<std::pair<quint64, quint64>> files(m_files.begin(), m_files.end());
    std::sort(files.begin(), files.end());
    QByteArray bytes(kMagic, 8);
    put<quint32>(bytes, kFormat);
    put<quint32>(bytes, static_cast<quint32>(files.size()));
    for (const auto &[file, state] : files) {
        put<quint64>(bytes, file);
        put<quint64>(bytes, state);
    }
    bytes += sha256(bytes).toLatin1();
    return writeFileAtomically(path, bytes);
}

Result<Fingerprint> Fingerprint::read(const QString &path)
{
    if (!QFileInfo::exists(path))
        return notNoted();
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(path, kMostBytes));
    const auto damaged = fail(ErrorCode::Corrupt, tr("“%1” is damaged.").arg(path), tr("Prepare the dataset again."));
    if (bytes.size() < kHeaderBytes + kHashDigits || !bytes.startsWith(kMagic))
        return damaged;
    if (qFromLittleEndian<quint32>(bytes.constData() + 8) > kFormat)
        return fail(ErrorCode::NewerVersion, tr("“%1” is of a newer Athanor.").arg(path));
    const qsizetype count = (bytes.size() - kHeaderBytes - kHashDigits) / 16;
    if (qFromLittleEndian<quint32>(bytes.constData() + 12) != count || sha256(QByteArrayView(bytes).chopped(kHashDigits)).toLatin1() != bytes.right(kHashDigits))
        return damaged;
    Fingerprint result;
    result.m_files.reserve(static_cast<size_t>(count));
    for (qsizetype i = 0; i < count; ++i) {
        const char *at = bytes.constData() + kHeaderBytes + 16 * i;
        result.m_files.emplace(qFromLittleEndian<quint64>(at), qFromLittleEndian<quint64>(at + 8));
    }
    return result;
}

QString changesText(const SourceChanges &changes)
{
    QStringList parts;
    if (changes.changed > 0)
        parts += changes.changed == 1 ? tr("1 file changed") : tr("%1 files changed").arg(formatInteger(changes.changed));
    if (changes.added > 0)
        parts += parts.isEmpty() ? (changes.added == 1 ? tr("1 new file") : tr("%1 new files").arg(formatInteger(changes.added))) : tr("%1 new").arg(formatInteger(changes.added));
    if (changes.gone > 0)
        parts += parts.isEmpty() ? (changes.gone == 1 ? tr("1 file is gone") : tr("%1 files are gone").arg(formatInteger(changes.gone))) : tr("%1 gone").arg(formatInteger(changes.gone));
    return parts.join(QStringLiteral(", "));
}

Result<SourceLook> SourceLook::create(const QString &jobPath, const QJsonObject &parameters, plugin::Catalogue &catalogue)
{
    const QString file = jobPath + QLatin1Char('/') + QLatin1String(kFingerprintFile);
    if (!QFileInfo::exists(file))
        return notNoted();
    const bool isOfRecords = parameters.value(QLatin1String("recipe")).toObject().value(QLatin1String("content")).toString() == QLatin1String("records");
    SourceLook look(file, ReaderChoice(catalogue, isOfRecords ? ReadAs::Records : ReadAs::Texts));
    const plugin::Registry<Source> sources(catalogue, QStringLiteral("source"));
    for (const QJsonValue &value : parameters.value(QLatin1String("sources")).toArray()) {
        const QJsonObject source = value.toObject();
        const QString id = source.value(QLatin1String("plugin")).toString(QStringLiteral("source.files"));
        const QString location = placeOf(source.value(QLatin1String("location")).toString(), id, QDir::cleanPath(jobPath + QStringLiteral("/../..")));
        Place place{source.value(QLatin1String("id")).toString(), location, {}, nullptr};
        ATHANOR_ASSIGN(place.plugin, sources.get(id));
        ATHANOR_ASSIGN(place.settings, sources.metadata(id)->parameters.validate(source.value(QLatin1String("settings")).toObject()));
        look.m_places.push_back(std::move(place));
    }
    return look;
}

Result<SourceChanges> SourceLook::run(const CancelToken &cancel, qint64 milliseconds) const
{
    ATHANOR_ASSIGN(const Fingerprint fingerprint, Fingerprint::read(m_file));
    SourceChanges changes;
    qint64 known = 0;
    const QDeadlineTimer until(milliseconds);
    const CancelToken stop;
    for (const Place &place : m_places) {
        ATHANOR_TRY(place.plugin->list(place.location, place.settings, stop, [&](SourceItem &&item) {
            if (cancel.isCancelled() || until.hasExpired())
                stop.cancel();
            const Fingerprint::State state = fingerprint.stateOf(place.id, item);
            known += state != Fingerprint::State::Unknown;
            // A new file counts when preparing again would read it.
            const bool isNew = state == Fingerprint::State::Unknown && item.problem.message.isEmpty()
                && (m_choice.byName(item.path) || (item.isNamed && m_choice.forPlainText()));
            changes.changed += state == Fingerprint::State::Changed;
            changes.added += isNew;
            if ((isNew || state == Fingerprint::State::Changed) && changes.examples.size() < kMostExamples)
                changes.examples += item.path;
        }));
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped."));
    }
    changes.isComplete = !stop.isCancelled();
    if (changes.isComplete)
        changes.gone = std::max<qint64>(fingerprint.count() - known, 0);
    return changes;
}

}  // namespace athanor::corpus
