// See checkpoint_store.h.
#include "core/train/checkpoint_store.h"

#include "core/adapt/adapter_files.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/generate/checkpoint_model.h"
#include "core/interop/checkpoint_seal.h"
#include "core/interop/safetensors.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <set>
#include <unistd.h>

namespace athanor::train {
namespace {

constexpr char kUnfinished[] = ".writing-";
constexpr char kAbandoned[] = "abandoned-";
constexpr char kDamaged[] = "damaged-";
constexpr char kUnread[] = "unread-";
constexpr char kStep[] = "step-";
constexpr char kOptimizerFile[] = "/optimizer.safetensors";

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

QByteArrayView bytesOf(const torch::Tensor &tensor)
{
    return {static_cast<const char *>(tensor.data_ptr()), qsizetype(tensor.nbytes())};
}

bool isCodes(const torch::Tensor &tensor) { return tensor.scalar_type() == torch::kUInt8; }

Result<QString> writeTensors(const QString &path, const std::vector<NamedState> &tensors)
{
    std::vector<interop::SafetensorsWriter::Declaration> declarations;
    for (const NamedState &entry : tensors)
        declarations.push_back({QString::fromStdString(entry.name), isCodes(entry.tensor) ? interop::ElementType::U8 : interop::ElementType::F32,
                                {entry.tensor.sizes().begin(), entry.tensor.sizes().end()}});
    ATHANOR_ASSIGN(interop::SafetensorsWriter writer,
                   interop::SafetensorsWriter::create(path, declarations, {{QStringLiteral("format"), QStringLiteral("pt")}}));
    for (const NamedState &entry : tensors)
        ATHANOR_TRY(writer.write(bytesOf((isCodes(entry.tensor) ? entry.tensor : entry.tensor.to(torch::kFloat)).cpu().contiguous())));
    return writer.finish();
}

Status checkFinite(const CheckpointContents &contents)
{
    for (const NamedState &entry : contents.weights) {
        // The sum of an array with a NaN or an infinity is none of the finite numbers.
        if (!std::isfinite(entry.tensor.sum(torch::kDouble).item<double>()))
            return fail(ErrorCode::Diverged, tr("The weights “%1” are not finite numbers at step %2.")
                                                 .arg(QString::fromStdString(entry.name)).arg(contents.step),
                        tr("Start again with a lower learning rate. The last good checkpoint is kept."));
    }
    return {};
}

/// Tensors in a file that are neither wanted nor may be left there.
size_t countBeside(const interop::SafetensorsReader &reader, const std::vector<NamedState> &wanted, const MayBeLeft &mayBeLeft)
{
    QSet<QString> names;
    for (const NamedState &entry : wanted)
        names.insert(QString::fromStdString(entry.name));
    return size_t(std::count_if(reader.tensors().begin(), reader.tensors().end(), [&](const interop::TensorEntry &entry) {
        return !names.contains(entry.name) && !(mayBeLeft && mayBeLeft(entry.name));
    }));
}

/// rename(2), or an exchange when the step was written before (a resumed run comes by again).
Status moveIntoPlace(const QString &from, const QString &to)
{
    const QByteArray source = QFile::encodeName(from), target = QFile::encodeName(to);
    if (::rename(source.constData(), target.constData()) == 0)
        return {};
    if (errno != ENOTEMPTY && errno != EEXIST)
        return fail(systemError(errno, tr("Cannot rename"), to));
    if (::renameat2(AT_FDCWD, source.constData(), AT_FDCWD, target.constData(), RENAME_EXCHANGE) != 0)
        return fail(systemError(errno, tr("Cannot rename"), to));
    QDir(from).removeRecursively();
    return {};
}

/// A file that is gone counts: a deletion that was cut short leaves such folders.
bool saysDamaged(const Error &error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::NotFound; }

}  // namespace

QString CheckpointStore::folderOf(qint64 step) const
{
    return m_folder + QStringLiteral("/step-%1").arg(step, 8, 10, QLatin1Char('0'));
}

Result<CheckpointFacts> CheckpointStore::write(const CheckpointContents &contents) const
{
    ATHANOR_TRY(checkFinite(contents));
    if (!QFileInfo::exists(m_folder)) {
        ATHANOR_TRY(makeFolder(m_folder));
        ATHANOR_TRY(syncFolder(QFileInfo(m_folder).absolutePath()));
    }
    const QString temporary = m_folder + QLatin1Char('/') + QLatin1String(kUnfinished)
                              + QStringLiteral("%1-%2").arg(contents.step).arg(::getpid());
    CheckpointFacts facts;
    facts.step = contents.step;
    facts.folder = folderOf(contents.step);
    Status written = makeFolder(temporary);
    if (written)
        written = writeFiles(temporary, contents, facts);
    if (written)
        written = syncFolder(temporary);
    if (written)
        written = moveIntoPlace(temporary, facts.folder);
    if (!written) {
        QDir(temporary).removeRecursively();
        return fail(written.error());
    }
    ATHANOR_TRY(syncFolder(m_folder));
    return facts;
}

/// Everything but the tensors: small files, written as they are.
Status CheckpointStore::writeCompanions(const QString &folder, const CheckpointContents &contents, interop::FileHashes &hashes) const
{
    const auto put = [&](const QString &name, const QByteArray &bytes) -> Status {
        const QString path = folder + QLatin1Char('/') + name;
        ATHANOR_TRY(makeFolder(QFileInfo(path).path()));
        hashes[name] = sha256(bytes);
        return writeFileAtomically(path, bytes);
    };
    if (!contents.adapter.isEmpty())
        ATHANOR_TRY(put(QString::fromLatin1(adapt::kAdapterFacts).mid(1), QJsonDocument(contents.adapter).toJson()));
    ATHANOR_TRY(put(QStringLiteral("architecture.json"), QJsonDocument(contents.architecture).toJson()));
    for (auto it = contents.companions.begin(); it != contents.companions.end(); ++it)
        ATHANOR_TRY(put(it.key(), it.value()));
    return {};
}

/// state.json comes last, when all that it names was read back: a checkpoint that cannot be read is none.
Status CheckpointStore::writeFiles(const QString &folder, const CheckpointContents &contents,
                                   CheckpointFacts &facts) const
{
    interop::FileHashes hashes;
    ATHANOR_TRY(writeCompanions(folder, contents, hashes));
    const QString weights = adapt::weightsFileOf(folder);
    ATHANOR_ASSIGN(facts.weightsSha256, writeTensors(weights, contents.weights));
    ATHANOR_ASSIGN(facts.optimizerSha256, writeTensors(folder + QLatin1String(kOptimizerFile), contents.optimizer));
    hashes[QFileInfo(weights).fileName()] = facts.weightsSha256;
    hashes[QString::fromLatin1(kOptimizerFile).mid(1)] = facts.optimizerSha256;
    ATHANOR_ASSIGN(const QJsonObject files, interop::readBack(folder, hashes));
    facts.state = contents.state;
    facts.state[QStringLiteral("format")] = kCheckpointFormat;
    facts.state[QStringLiteral("step")] = contents.step;
    facts.state[QStringLiteral("weightsSha256")] = facts.weightsSha256;
    facts.state[QStringLiteral("optimizerSha256")] = facts.optimizerSha256;
    facts.state[QStringLiteral("files")] = files;
    const QByteArray bytes = interop::sealed(facts.state);
    ATHANOR_TRY(writeFileAtomically(folder + QStringLiteral("/state.json"), bytes));
    return interop::readSealed(folder).map([](const QJsonObject &) {});
}

std::vector<qint64> CheckpointStore::steps() const { return stepsNamed(QLatin1String(kStep)); }

std::vector<qint64> CheckpointStore::stepsNamed(const QString &prefix) const
{
    std::vector<qint64> steps;
    for (const QString &name : QDir(m_folder).entryList({prefix + QLatin1Char('*')}, QDir::Dirs)) {
        bool isNumber = false;
        const qint64 step = name.mid(prefix.size()).toLongLong(&isNumber);
        if (isNumber && step >= 0)
            steps.push_back(step);
    }
    std::sort(steps.begin(), steps.end());
    return steps;
}

Result<CheckpointFacts> CheckpointStore::read(qint64 step) const
{
    CheckpointFacts facts;
    facts.step = step;
    facts.folder = folderOf(step);
    ATHANOR_ASSIGN(facts.state, interop::readSealed(facts.folder));
    facts.weightsSha256 = facts.state.value(QLatin1String("weightsSha256")).toString();
    facts.optimizerSha256 = facts.state.value(QLatin1String("optimizerSha256")).toString();
    if (facts.state.value(QLatin1String("format")).toInt() > kCheckpointFormat)
        return fail(ErrorCode::NewerVersion, tr("“%1” was written by a newer Athanor.").arg(facts.folder));
    return facts;
}

Status checkHashes(const CheckpointFacts &facts) { return interop::checkFiles(facts.folder, facts.state); }

std::optional<CheckpointFacts> CheckpointStore::newestWhole(QStringList &problems, qint64 latest, QSet<qint64> *unread) const
{
    std::vector<qint64> known = steps();
    for (auto step = known.rbegin(); step != known.rend(); ++step) {
        if (*step > latest)
            continue;
        auto facts = read(*step);
        const Status whole = facts ? checkHashes(*facts) : Status(fail(facts.error()));
        if (whole)
            return *facts;
        problems += whole.error().message;
        if (unread && !saysDamaged(whole.error()))
            unread->insert(*step);
    }
    return std::nullopt;
}

std::optional<CheckpointFacts> CheckpointStore::best() const
{
    std::optional<CheckpointFacts> best, newest;
    double lowest = std::numeric_limits<double>::infinity();
    for (qint64 step : steps()) {
        auto facts = read(step);
        if (!facts)
            continue;
        newest = *facts;
        const QJsonValue loss = facts->state.value(QLatin1String("validation")).toObject().value(QLatin1String("loss"));
        if (loss.isDouble() && loss.toDouble() <= lowest) {
            lowest = loss.toDouble();
            best = *facts;
        }
    }
    return best ? best : newest;
}

std::optional<CheckpointFacts> CheckpointStore::bestWhole(QStringList &problems) const
{
    for (;;) {
        const auto candidate = best();
        const Status whole = candidate ? Status(interop::checkModelFiles(candidate->folder).map([](const QJsonObject &) {})) : Status();
        if (whole)
            return candidate;
        problems += whole.error().message;
        setAside(candidate->step, saysDamaged(whole.error()) ? Aside::Damaged : Aside::Unread);
        if (QDir(candidate->folder).exists())  // it cannot be renamed: asking again would give it again
            return std::nullopt;
    }
}

std::vector<qint64> CheckpointStore::prune(int keep, const QSet<qint64> &wanted) const
{
    const std::vector<qint64> known = steps();
    const auto favourite = best();
    std::vector<qint64> removed;
    for (size_t i = 0; i + size_t(std::max(1, keep)) < known.size(); ++i) {
        if ((favourite && favourite->step == known[i]) || wanted.contains(known[i]))
            continue;
        // Renamed first: a half-deleted folder must not look like a checkpoint.
        const QString trash = m_folder + QLatin1Char('/') + QLatin1String(kUnfinished)
                              + QStringLiteral("old-%1-%2").arg(known[i]).arg(::getpid());
        if (QDir().rename(folderOf(known[i]), trash) && QDir(trash).removeRecursively())
            removed.push_back(known[i]);
    }
    return removed;
}

void CheckpointStore::setAside(qint64 step, Aside why) const
{
    const char *prefix = why == Aside::Damaged ? kDamaged : why == Aside::Abandoned ? kAbandoned : kUnread;
    QString aside = m_folder + QLatin1Char('/') + QLatin1String(prefix) + QFileInfo(folderOf(step)).fileName();
    if (why != Aside::Unread)
        QDir(aside).removeRecursively();
    while (QFileInfo::exists(aside))
        aside += QLatin1Char('+');
    QDir().rename(folderOf(step), aside);
}

void CheckpointStore::setAsideAfter(qint64 step, const QSet<qint64> &unread) const
{
    for (qint64 known : steps())
        if (known > step)
            setAside(known, unread.contains(known) ? Aside::Unread : Aside::Damaged);
}

std::vector<qint64> CheckpointStore::removeDamaged(int keep) const
{
    const QString prefix = QLatin1String(kDamaged) + QLatin1String(kStep);
    std::vector<qint64> gone = stepsNamed(prefix);
    gone.resize(gone.size() - std::min(gone.size(), size_t(std::max(0, keep))));
    for (const qint64 step : gone)
        QDir(m_folder + QLatin1Char('/') + QLatin1String(kDamaged) + QFileInfo(folderOf(step)).fileName()).removeRecursively();
    return gone;
}

void CheckpointStore::removeAbandoned() const { removeFolders(QLatin1String(kAbandoned) + QLatin1Char('*')); }

void CheckpointStore::removeUnfinished() const
{
    removeFolders(QLatin1String(kUnfinished) + QLatin1Char('*'));
}

void CheckpointStore::removeFolders(const QString &pattern) const
{
    const QDir folder(m_folder);
    for (const QString &name : folder.entryList({pattern}, QDir::Dirs | QDir::Hidden))
        QDir(folder.filePath(name)).removeRecursively();
}

bool isOfAverage(const QString &name)
{
    return name.startsWith(QLatin1String("average.")) || name.startsWith(QLatin1String("raw."));
}

Status loadTensors(const QString &file, const std::vector<NamedState> &destinations, const MayBeLeft &mayBeLeft)
{
    ATHANOR_ASSIGN(const interop::SafetensorsReader reader, interop::SafetensorsReader::open(file));
    if (const size_t count = countBeside(reader, destinations, mayBeLeft); count > 0)
        return fail(ErrorCode::Corrupt, tr("“%1” holds %2 tensors that do not belong there, beside %3 that are needed.")
                                            .arg(file).arg(count).arg(destinations.size()));
    for (const NamedState &destination : destinations) {
        const interop::TensorEntry *entry = reader.find(QString::fromStdString(destination.name));
        if (!entry)
            return fail(ErrorCode::Corrupt,
                        tr("“%1” lacks “%2”.").arg(file, QString::fromStdString(destination.name)));
        ATHANOR_TRY(generate::copyTensor(reader, *entry, destination.tensor));
    }
    return {};
}

bool holdsExactly(const QString &file, const std::vector<NamedState> &tensors, const MayBeLeft &mayBeLeft)
{
    const auto reader = interop::SafetensorsReader::open(file);
    if (!reader || countBeside(*reader, tensors, mayBeLeft) > 0)
        return false;
    return std::all_of(tensors.begin(), tensors.end(), [&](const NamedState &wanted) {
        const interop::TensorEntry *entry = reader->find(QString::fromStdString(wanted.name));
        return entry && std::equal(entry->shape.begin(), entry->shape.end(), wanted.tensor.sizes().begin(), wanted.tensor.sizes().end());
    });
}

qint64 checkpointBytes(const CheckpointContents &contents)
{
    qint64 bytes = 1 << 20;  // headers, JSON, tokenizer
    for (const auto *tensors : {&contents.weights, &contents.optimizer}) {
        for (const NamedState &entry : *tensors)
            bytes += qint64(entry.tensor.numel()) * qint64(isCodes(entry.tensor) ? sizeof(quint8) : sizeof(float));
    }
    return bytes;
}

}  // namespace athanor::train
