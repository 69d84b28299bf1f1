// See run_checkpoints.h.
#include "core/train/run_checkpoints.h"

#include "core/adapt/adapter_files.h"
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/generate/checkpoint_model.h"
#include "core/job/folder.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"

#include <QDir>
#include <QFileInfo>

namespace athanor::train {
namespace {

constexpr qint64 kUsualIntervalMs = 60'000;
constexpr qint64 kLookEveryMs = 10'000;    // at the free space
constexpr qint64 kPausedIntervalMs = 30'000;
constexpr qint64 kDiskBytesPerSecond = 50'000'000;  // a slow disk; saving should take at most a twentieth of the time

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

std::vector<NamedState> states(const std::vector<network::NamedParameter> &parameters)
{
    std::vector<NamedState> all;
    for (const network::NamedParameter &parameter : parameters)
        all.push_back({parameter.name, parameter.value});
    return all;
}

}  // namespace

QStringList filesOfBase(const QString &folder)
{
    QStringList files;
    if (folder.isEmpty())
        return files;
    for (const char *name : {"tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "model.json"})
        if (QFileInfo::exists(folder + QLatin1Char('/') + QLatin1String(name)))
            files += QLatin1String(name);
    return files + tokenizer::chatTemplateFiles(folder);
}

RunCheckpoints::RunCheckpoints(job::Context &context, const RunInputs &inputs, const RunPlan &plan, Trainer &trainer)
    : m_context(&context), m_inputs(&inputs), m_plan(&plan), m_trainer(&trainer),
      m_store(context.jobPath() + QStringLiteral("/checkpoints")), m_writer(m_store),
      m_disk([path = context.jobPath()] { return freeDiskBytes(path); }, checkpointBytes(contents({})))
{
    const qint64 chosen = inputs.settings.checkpointEverySeconds * 1000;
    const qint64 bearable = 20 * 1000 * checkpointBytes(contents({})) / kDiskBytesPerSecond;
    m_intervalMs = chosen > 0 ? chosen : std::max(kUsualIntervalMs, bearable);
    m_store.removeUnfinished();
    for (QElapsedTimer *timer : {&m_sinceSave, &m_sinceBegin, &m_sinceLook})
        timer->start();
}

CheckpointContents RunCheckpoints::contents(const RunState &state) const
{
    CheckpointContents contents;
    contents.step = state.step;
    const Holds holds = state.holdsAverage ? Holds::Average : Holds::Weights;
    contents.weights = states(m_trainer->checkpointWeights(holds));
    contents.adapter = m_adapter;
    contents.companions = m_companions;
    contents.optimizer = m_trainer->memory(holds);
    contents.state = toJson(state);
    const QJsonObject parameters = m_context->spec().parameters;
    for (const char *key : {"model", "corpusSha256", "tokenizerSha256"})
        contents.state.insert(QLatin1String(key), parameters.value(QLatin1String(key)));
    if (m_inputs->teachesRecords())
        contents.state[QStringLiteral("teaching")] = m_inputs->teaching;
    contents.state[QStringLiteral("run")] = m_context->spec().id;
    contents.state[QStringLiteral("steps")] = m_plan->lastStep();
    contents.state[QStringLiteral("troubles")] = qint64(m_plan->leftOut.size());
    contents.state[QStringLiteral("precision")] = m_plan->precision;
    contents.state[QStringLiteral("device")] = m_plan->device;
    if (m_trainer->lossScale().isOn())
        contents.state[QStringLiteral("lossScale")] = m_trainer->lossScale().toJson();
    contents.state[QStringLiteral("optimizer")] = m_inputs->settings.optimizer;
    contents.state[QStringLiteral("seed")] = qint64(m_inputs->settings.seed);
    contents.architecture = m_inputs->architecture;
    return contents;
}

/// A base that is gone by the time a run is resumed left its files in the checkpoints.
Status RunCheckpoints::takeAlong()
{
    QString from = m_inputs->fromFolder;
    QStringList problems;  // told when the run goes on from it
    if (!from.isEmpty() && !QFileInfo::exists(from))
        if (const auto whole = m_store.newestWhole(problems))
            from = whole->folder;
    for (const QString &file : filesOfBase(from)) {
        ATHANOR_ASSIGN(m_companions[file], readFile(from + QLatin1Char('/') + file));
    }
    ATHANOR_ASSIGN(const QByteArray tokenizer, readFile(m_inputs->tokenizerFile));
    m_companions.insert(tokenizer::tokenizerFileName(tokenizer), tokenizer);
    return {};
}

Status RunCheckpoints::checkSpace() const
{
    const qint64 needed = 2 * checkpointBytes(contents({}));
    const qint64 there = freeDiskBytes(m_context->jobPath());
    if (there >= 0 && there < needed)
        return fail(ErrorCode::DiskFull,
                    tr("The disk has %1 left, and this run needs at least %2 for its checkpoints.")
                        .arg(formatBytes(there), formatBytes(needed)),
                    tr("Free some space, move the project to a larger disk, or choose a smaller model."));
    return {};
}

Result<std::optional<RunState>> RunCheckpoints::resume()
{
    abandonWrongBranch();
    ATHANOR_ASSIGN(const std::optional<RunState> state, load(std::numeric_limits<qint64>::max()));
    if (state)
        m_context->log(QStringLiteral("info"), tr("Going on from the checkpoint of step %1.").arg(state->step));
    return state;
}

Result<std::optional<RunState>> RunCheckpoints::goBackTo(qint64 step)
{
    m_writer.wait();
    collect();
    return load(step);
}

void RunCheckpoints::abandonWrongBranch()
{
    for (const qint64 step : m_store.steps()) {
        const auto state = interop::readSealed(m_store.folderOf(step));
        if (state && !standsOn(m_plan->leftOut, step, state->value(QLatin1String("troubles")).toInteger()))
            m_store.setAside(step, CheckpointStore::Aside::Abandoned);
    }
}

/// The newest whole checkpoint up to `latest`.
Result<std::optional<RunState>> RunCheckpoints::load(qint64 latest)
{
    QStringList problems;
    QSet<qint64> unread;
    const auto found = m_store.newestWhole(problems, latest, &unread);
    for (const QString &problem : problems)
        m_context->log(QStringLiteral("warning"), tr("A checkpoint was set aside. %1").arg(problem));
    // Left in place, they would count as the newest, and pruning would keep them instead of those to come.
    if (!problems.isEmpty())
        m_store.setAsideAfter(found ? found->step : -1, unread);
    if (!found)
        return std::optional<RunState>();
    const RunState state = stateFromJson(found->state);
    const Holds holds = state.holdsAverage ? Holds::Average : Holds::Weights;
    if (m_inputs->learning.adapter) {
        ATHANOR_TRY(resumeAdapter(found->folder, holds));
    } else {
        ATHANOR_TRY(loadTensors(found->folder + QStringLiteral("/model.safetensors"), states(m_trainer->checkpointWeights(holds))));
    }
    ATHANOR_TRY(loadMemory(found->folder, m_trainer->memory(holds)));
    ATHANOR_TRY(m_trainer->weightsFromMasters());
    if (m_trainer->lossScale().isOn()) {
        ATHANOR_ASSIGN(m_trainer->lossScale(), LossScale::fromJson(found->state.value(QLatin1String("lossScale")).toObject()));
    }
    m_savedStep = found->step;
    return std::optional<RunState>(state);
}

/// The model's own weights from a folder; a head that is new, or gone, may differ.
Status RunCheckpoints::loadOwn(const QString &folder)
{
    ATHANOR_ASSIGN(const QJsonObject theirs, readJsonFile(folder + QStringLiteral("/architecture.json")));
    const QStringList headLayers = model::labelHeadLayers(m_inputs->architecture);
    const bool isNewHead = model::labelsOf(theirs) != model::labelsOf(m_inputs->architecture) || model::labelHeadLayers(theirs) != headLayers;
    QSet<QString> own;
    for (const network::NamedParameter &parameter : m_trainer->model().parameters())
        own.insert(QString::fromStdString(parameter.name));
    const auto mayDiffer = [&](const QString &name) {
        return isNewHead && (!own.contains(name) || headLayers.contains(name.section(QLatin1Char('.'), 0, 0)));
    };
    std::vector<network::NamedParameter> wanted = m_trainer->ownWeights();
    if (isNewHead)  // scores of other labels would only mislead
        std::erase_if(wanted, [](const network::NamedParameter &parameter) { return parameter.name.starts_with(std::string(model::kLabelLayer) + '.'); });
    ATHANOR_TRY(generate::loadBaseWeights(m_context->plugins(), folder, wanted, mayDiffer));
    ATHANOR_TRY(m_trainer->weightsFromMasters());
    return adapt::resetMagnitudes(m_trainer->model());
}

/// The base of this run's adapter.
Status RunCheckpoints::standOn(const QString &folder, const QString &weightsSha256)
{
    ATHANOR_TRY(loadOwn(folder));
    const QString inside = relativePath(folder);
    adapt::AdapterFacts facts;
    facts.base = inside.startsWith(QLatin1String("..")) ? folder : inside;
    facts.settings = *m_inputs->learning.adapter;
    facts.baseWeightsSha256 = weightsSha256;
    if (weightsSha256.isEmpty()) {
        ATHANOR_ASSIGN(facts.baseWeightsSha256, sha256OfFile(adapt::weightsFileOf(folder)));
    }
    m_adapter = adapt::toJson(facts);
    return {};
}

/// The adapter of an earlier checkpoint, on the base that it was made on.
Status RunCheckpoints::resumeAdapter(const QString &folder, Holds holds)
{
    ATHANOR_ASSIGN(const adapt::AdapterFacts facts, adapt::readAdapterFacts(folder));
    ATHANOR_ASSIGN(const QString base, adapt::findBase(folder, facts));
    ATHANOR_TRY(adapt::checkBase(base, facts));
    ATHANOR_TRY(standOn(base, facts.baseWeightsSha256));  // that it is so was just checked
    ATHANOR_ASSIGN(const auto own, interop::SafetensorsReader::open(folder + QLatin1String(adapt::kAdapterWeights)));
    ATHANOR_ASSIGN(const auto below, interop::SafetensorsReader::open(adapt::weightsFileOf(base)));
    std::vector<network::NamedParameter> wanted = m_trainer->checkpointWeights(holds);
    std::erase_if(wanted, [&](const network::NamedParameter &parameter) {  // a pooler used to rest
        const QString name = QString::fromStdString(parameter.name);
        return parameter.name.starts_with(std::string(model::kPoolerLayer) + '.') && !own.find(name) && below.find(name);
    });
    return adapt::readAdapterWeights(folder, wanted);
}

/// What was remembered; a new beginning where other weights learn than at that time. Another run's mean of its weights
/// stays where it is.
Status RunCheckpoints::loadMemory(const QString &folder, const std::vector<NamedState> &memory)
{
    const QString file = folder + QStringLiteral("/optimizer.safetensors");
    if (holdsExactly(file, memory, isOfAverage))
        return loadTensors(file, memory, isOfAverage);
    m_context->log(QStringLiteral("warning"), tr("What the optimizer remembers in “%1” does not fit the weights that learn now; it begins anew.").arg(relativePath(file)));
    return {};
}

Result<bool> RunCheckpoints::continuesAdapter(const QString &folder) const
{
    if (!m_inputs->learning.adapter || !adapt::isAdapterFolder(folder))
        return false;
    ATHANOR_ASSIGN(const adapt::AdapterFacts facts, adapt::readAdapterFacts(folder));
    ATHANOR_ASSIGN(const QJsonObject theirs, readJsonFile(folder + QStringLiteral("/architecture.json")));
    return facts.settings == *m_inputs->learning.adapter
           && theirs.value(QLatin1String("layers")) == m_inputs->architecture.value(QLatin1String("layers"));
}

Status RunCheckpoints::startFrom(const QString &folder)
{
    ATHANOR_ASSIGN(const QJsonObject state, interop::checkModelFiles(folder, interop::ModelFiles::AllButWeights));
    ATHANOR_ASSIGN(const bool continues, continuesAdapter(folder));
    if (continues) {
        ATHANOR_TRY(interop::checkModelFiles(folder));
        ATHANOR_TRY(resumeAdapter(folder, Holds::Weights));
    } else {
        ATHANOR_TRY(m_inputs->learning.adapter ? standOn(folder) : loadOwn(folder));
    }
    ATHANOR_TRY(m_trainer->weightsFromMasters());
    if (state.value(QLatin1String("optimizer")).toString() != m_inputs->settings.optimizer)
        return {};
    // The weights are whole, so the run can do without: as where another optimizer takes over.
    if (const Status whole = interop::checkFile(folder, QStringLiteral("optimizer.safetensors"), state); !whole) {
        m_context->log(QStringLiteral("warning"), tr("%1 The weights are whole; the optimizer begins anew.").arg(whole.error().message));
        return {};
    }
    return loadMemory(folder, m_trainer->optimizer().state());
}

std::optional<CheckpointFacts> RunCheckpoints::best() const
{
    QStringList problems;
    const auto found = m_store.bestWhole(problems);
    for (const QString &problem : problems)
        m_context->log(QStringLiteral("warning"), tr("A checkpoint was set aside. %1").arg(problem));
    return found;
}

bool RunCheckpoints::isDue(qint64 step) const
{
    const qint64 every = m_inputs->settings.keepEvery;
    const qint64 interval = m_isPaused ? std::min(m_intervalMs, kPausedIntervalMs) : m_intervalMs;
    return m_sinceSave.elapsed() >= interval || (every > 0 && step % every == 0);
}

void RunCheckpoints::save(const RunState &state)
{
    m_writer.wait();
    collect();
    m_sinceSave.restart();
    const bool hasRoom = makeRoom();
    if (!hasRoom && !m_isPaused)
        m_context->log(QStringLiteral("error"), diskFull(state.step).message + QLatin1Char(' ') + tr("Training goes on; saving goes on as soon as there is room."));
    if (hasRoom && m_isPaused)
        m_context->log(QStringLiteral("info"), tr("There is room on the disk again: saving goes on."));
    m_isPaused = !hasRoom;
    if (hasRoom)
        m_writer.begin(contents(state));
}

/// For one checkpoint; the older ones go first, but never the best and the newest whole one.
bool RunCheckpoints::makeRoom()
{
    if (m_disk.fitsOne())
        return true;
    m_store.removeAbandoned();
    removeDamaged(0);
    prune(1);
    return m_disk.fitsOne();
}

Error RunCheckpoints::diskFull(qint64 step) const
{
    const auto known = m_store.steps();
    const QString kept = known.empty() ? tr("None is kept yet.") : tr("The one of step %1 is kept.").arg(known.back());
    return {ErrorCode::DiskFull,
            tr("The disk is full: %1 are left, and the checkpoint of step %2 needs %3. %4")
                .arg(formatBytes(m_disk.freeBytes())).arg(step).arg(formatBytes(m_disk.neededBytes()), kept),
            tr("Free some space on that disk, then resume the run: it goes on from there."), {}};
}

void RunCheckpoints::watchDisk(double secondsToEnd)
{
    if (m_sinceLook.elapsed() < kLookEveryMs)
        return;
    m_sinceLook.restart();
    if (const auto warning = m_disk.look(double(m_sinceBegin.elapsed()) / 1000, secondsToEnd); warning && !m_isPaused)
        m_context->log(QStringLiteral("warning"), *warning);
}

Status RunCheckpoints::saveAndWait(const RunState &state)
{
    m_writer.wait();
    collect();
    if (m_savedStep == state.step)
        return {};
    if (!makeRoom())
        return fail(diskFull(state.step));
    for (int attempt = 0; attempt < 2; ++attempt) {
        m_lastFailure.reset();
        m_writer.begin(contents(state));
        m_writer.wait();
        collect();
        if (!m_lastFailure)
            return {};
        // The failure told has made room by letting older checkpoints go; once more.
    }
    return fail(*m_lastFailure);
}

void RunCheckpoints::collect()
{
    const auto outcome = m_writer.takeOutcome();
    if (!outcome)
        return;
    if (outcome->facts) {
        m_savedStep = outcome->step;
        m_lastFailure.reset();
        announce(*outcome->facts);
        prune(m_inputs->settings.keepCheckpoints);
        removeDamaged(1);
    } else {
        m_lastFailure = outcome->facts.error();
        tellFailure(outcome->step, *m_lastFailure);
        if (m_lastFailure->code == ErrorCode::DiskFull)
            prune(1);
    }
}

void RunCheckpoints::prune(int keep) const
{
    QSet<qint64> wanted = wantedByOthers();
    const qint64 every = m_inputs->settings.keepEvery;
    const std::vector<qint64> known = m_store.steps();
    std::optional<qint64> toReturnTo;  // the newest that is older than any trouble to come
    for (const qint64 step : known) {
        if (every > 0 && step > 0 && step % every == 0)
            wanted.insert(step);
        if (step <= std::max<qint64>(0, known.back() - kStepsBack))
            toReturnTo = step;
    }
    if (toReturnTo && m_inputs->settings.onSpike == OnSpike::GoBack && m_inputs->settings.spikeRetries > 0)
        wanted.insert(*toReturnTo);
    m_store.prune(keep, wanted);
}

/// The newest may show what went wrong; the others only take room.
void RunCheckpoints::removeDamaged(int keep) const
{
    QStringList steps;
    for (const qint64 step : m_store.removeDamaged(keep))
        steps += formatInteger(step);
    if (!steps.isEmpty())
        m_context->log(QStringLiteral("info"), keep > 0 ? tr("Damaged checkpoints were removed: of step %1. The newest damaged one is kept to be looked at.").arg(steps.join(QStringLiteral(", ")))
                                                        : tr("Damaged checkpoints were removed to make room: of step %1.").arg(steps.join(QStringLiteral(", "))));
}

// A fork or an evaluation of a checkpoint may still wait in the queue; an adapter stands on it also when it has ended.
QSet<qint64> RunCheckpoints::wantedByOthers() const
{
    QSet<qint64> wanted;
    for (job::Folder &other : job::Folder::all(m_context->projectPath())) {
        const QJsonObject parameters = other.spec().parameters;
        const bool isAdapter = other.spec().kind == QLatin1String("adapter") || !parameters.value(QLatin1String("adapter")).toObject().isEmpty();
        if (other.spec().id == m_context->spec().id || (!isAdapter && job::isFinal(other.summary().state)))
            continue;
        for (const char *key : {"from", "checkpoint", "base"}) {
            const QString named = parameters.value(QLatin1String(key)).toString();
            for (const qint64 step : named.isEmpty() ? std::vector<qint64>() : m_store.steps())
                if (relativePath(m_store.folderOf(step)) == named)
                    wanted.insert(step);
        }
    }
    return wanted;
}

void RunCheckpoints::announce(const CheckpointFacts &facts)
{
    const auto best = m_store.best();
    const QJsonObject validation = facts.state.value(QLatin1String("validation")).toObject();
    QJsonObject data{{QStringLiteral("step"), facts.step},
                     {QStringLiteral("best"), best && best->step == facts.step},
                     {QStringLiteral("weightsSha256"), facts.weightsSha256},
                     {QStringLiteral("optimizerSha256"), facts.optimizerSha256}};
    if (facts.state.value(QLatin1String("holdsAverage")).toBool())
        data.insert(QStringLiteral("holdsAverage"), true);
    for (const char *key : {"loss", "bitsPerByte"}) {
        if (validation.contains(QLatin1String(key)))
            data.insert(QLatin1String(key), validation.value(QLatin1String(key)));
    }
    m_context->artifact(facts.step, QStringLiteral("checkpoint"), relativePath(facts.folder), data);
}

void RunCheckpoints::tellFailure(qint64 step, const Error &error)
{
    const auto known = m_store.steps();
    const QString previous = known.empty() ? tr("No earlier one exists yet.")
                                           : tr("The one of step %1 is untouched.").arg(known.back());
    m_context->log(QStringLiteral("error"),
                   tr("The checkpoint of step %1 could not be written: %2 %3 Training goes on and tries again later.")
                       .arg(step).arg(error.message, previous));
}

QString RunCheckpoints::relativePath(const QString &folder) const
{
    return QDir(m_context->projectPath()).relativeFilePath(folder);
}

}  // namespace athanor::train
