// Phases "Repairing", "Judging", "Removing duplicates": the steps of the recipe, each a pass over the documents that
// are left. Texts are read from the spool one by one; a changed text is appended to it.
#include "core/base/hash.h"
#include "core/base/parallel.h"
#include "core/corpus/curation.h"
#include "core/corpus/signal_cache.h"
#include "core/corpus/signal_declarations.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QSet>

#include <cmath>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

void setCurrentHash(Record &record, const QString &sha256)
{
    const QByteArray digest = QByteArray::fromHex(sha256.toLatin1());
    std::copy_n(digest.constData(), std::min<size_t>(record.currentSha256.size(), static_cast<size_t>(digest.size())), record.currentSha256.begin());
}

class Stepper {
public:
    explicit Stepper(Curation &curation) : m_curation(curation)
    {
        for (const QJsonValue &id : curation.recipe.value(QLatin1String("keep")).toArray())
            m_kept.insert(id.toString());
        for (Record &record : curation.documents)
            setCurrentHash(record, record.textSha256);
    }

    Status run(const QJsonObject &step);

private:
    using Work = std::function<Status(Record &, const DocumentView &)>;

    /// `work` on every document that is left, with its current text.
    Status pass(const QString &phase, const Work &work)
    {
        return passWithoutText(phase, [&](qint64 index, Record &record) -> Status {
            ATHANOR_ASSIGN(const DocumentView view, viewOf(index, record));
            return work(record, view);
        });
    }

    Status passWithoutText(const QString &phase, const std::function<Status(qint64, Record &)> &work)
    {
        PhaseProgress progress(m_curation.context, phase, m_curation.aliveCount(), tr("documents"));
        auto &documents = m_curation.documents;
        return forEachIndex(static_cast<qint64>(documents.size()), m_curation.threadCount, [this] { return m_curation.checkStop(); },
                            [&](qint64 index) -> Status {
                                Record &record = documents[static_cast<size_t>(index)];
                                if (!record.isAlive())
                                    return {};
                                ATHANOR_TRY(work(index, record));
                                progress.advance();
                                return {};
                            });
    }

    Result<DocumentView> viewOf(qint64 index, const Record &record) const
    {
        ATHANOR_ASSIGN(QByteArray text, m_curation.spool->read(record.current));
        return DocumentView{index, std::move(text), record.source, record.path, record.language, &record.facts};
    }

    Status clean(const plugin::Metadata &method, const QJsonObject &settings);
    Status filter(const plugin::Metadata &method, const QJsonObject &settings);
    Result<Signals> measure(const FilterRun &run, SignalCache &cache, qint64 index, const Record &record) const;
    Status deduplicate(const plugin::Metadata &method, const QJsonObject &settings);

    Curation &m_curation;
    QSet<QString> m_kept;  // whatever the filters say
};

Status Stepper::clean(const plugin::Metadata &method, const QJsonObject &settings)
{
    const plugin::Registry<Cleaner> cleaners(m_curation.context.plugins(), QStringLiteral("cleaner"));
    ATHANOR_ASSIGN(Cleaner * cleaner, cleaners.get(method.id));
    ATHANOR_ASSIGN(const std::unique_ptr<CleanerRun> run, cleaner->start(settings));
    if (run->mustObserve()) {
        ATHANOR_TRY(pass(tr("Repairing"), [&](Record &, const DocumentView &view) -> Status {
            run->observe(view);
            return {};
        }));
        run->endObservation();
    }
    std::atomic<qint64> changed{0};
    ATHANOR_TRY(pass(tr("Repairing"), [&](Record &record, const DocumentView &view) -> Status {
        const QByteArray cleaned = run->clean(view);
        if (cleaned == view.text)
            return {};
        ++changed;
        ATHANOR_ASSIGN(record.current, m_curation.spool->append(cleaned));
        setCurrentHash(record, sha256(cleaned));
        return {};
    }));
    m_curation.addStage(method.id, method.title, 0, changed);
    return {};
}

void appendMeasured(QByteArray &measured, const QMap<QString, double> &values)
{
    for (auto it = values.begin(); it != values.end(); ++it) {
        if (!std::isfinite(it.value()))
            continue;
        if (!measured.isEmpty())
            measured += ',';
        measured += '"' + it.key().toUtf8() + "\":" + QByteArray::number(it.value(), 'g', 6);
    }
}

QByteArray measuredWith(const plugin::Metadata &method, const QJsonObject &settings)
{
    return QJsonDocument(QJsonObject{{QStringLiteral("program"), QStringLiteral(ATHANOR_VERSION)},
                                     {QStringLiteral("filter"), method.id},
                                     {QStringLiteral("version"), method.all.value(QLatin1String("version"))},
                                     {QStringLiteral("settings"), measuringSettings(method, settings)}})
        .toJson(QJsonDocument::Compact);
}

/// From the cache, where the text was measured before; without reading the text then.
Result<Signals> Stepper::measure(const FilterRun &run, SignalCache &cache, qint64 index, const Record &record) const
{
    const TextKey key = textKey(record.currentSha256, record.language);
    if (auto known = cache.find(key))
        return std::move(*known);
    ATHANOR_ASSIGN(const DocumentView view, viewOf(index, record));
    Signals measured = run.measure(view);
    measured.removeIf([](const auto &entry) { return std::isnan(entry.value()); });
    cache.add(key, measured);
    return measured;
}

Status Stepper::filter(const plugin::Metadata &method, const QJsonObject &settings)
{
    const plugin::Registry<Filter> filters(m_curation.context.plugins(), QStringLiteral("filter"));
    ATHANOR_ASSIGN(Filter * filter, filters.get(method.id));
    ATHANOR_ASSIGN(const std::unique_ptr<FilterRun> run, filter->start(settings));
    SignalCache cache(m_curation.context.projectPath(), measuredWith(method, settings));
    std::atomic<qint64> removed{0};
    const Status passed = passWithoutText(tr("Judging"), [&](qint64 index, Record &record) -> Status {
        ATHANOR_ASSIGN(const Signals measured, measure(*run, cache, index, record));
        const Judgement judgement = run->judge(measured, record.facts);
        appendMeasured(record.measured, measured);
        if (judgement.keep)
            return {};
        if (m_kept.contains(record.id)) {
            record.detail = tr("Somebody chose to keep it. %1").arg(judgement.detail);
            return {};
        }
        ++removed;
        record.status = DocumentStatus::Removed;
        record.reason = method.id + QLatin1Char('.') + judgement.rule;
        record.reasonTitle = judgement.title;
        record.detail = judgement.detail;
        return {};
    });
    cache.save(passed ? SignalCache::Asked::All : SignalCache::Asked::Some);
    ATHANOR_TRY(Status(passed));
    m_curation.addStage(method.id, method.title, removed, 0);
    return {};
}

Status Stepper::deduplicate(const plugin::Metadata &method, const QJsonObject &settings)
{
    const plugin::Registry<Deduplicator> deduplicators(m_curation.context.plugins(), QStringLiteral("deduplicator"));
    ATHANOR_ASSIGN(Deduplicator * deduplicator, deduplicators.get(method.id));
    auto &documents = m_curation.documents;
    ATHANOR_ASSIGN(const std::unique_ptr<DeduplicatorRun> run, deduplicator->start(settings, static_cast<qint64>(documents.size())));
    ATHANOR_TRY(pass(tr("Removing duplicates"), [&](Record &, const DocumentView &view) -> Status {
        run->observe(view);
        return {};
    }));
    qint64 removed = 0;
    for (const Duplicate &duplicate : run->duplicates()) {
        Record &record = documents[static_cast<size_t>(duplicate.index)];
        record.status = DocumentStatus::Removed;
        record.reason = method.id;
        record.reasonTitle = method.title;
        record.original = duplicate.original;
        record.detail = duplicate.detail.arg(documents[static_cast<size_t>(duplicate.original)].path);
        ++removed;
    }
    m_curation.addStage(method.id, method.title, removed, 0);
    return {};
}

Status Stepper::run(const QJsonObject &step)
{
    using Method = Status (Stepper::*)(const plugin::Metadata &, const QJsonObject &);
    static const QMap<QString, Method> methods{{QStringLiteral("cleaner"), &Stepper::clean},
                                               {QStringLiteral("filter"), &Stepper::filter},
                                               {QStringLiteral("deduplicator"), &Stepper::deduplicate}};
    const plugin::Metadata *method = m_curation.context.plugins().find(step.value(QLatin1String("plugin")).toString());
    return (this->*methods.value(method->kind))(*method, step.value(QLatin1String("settings")).toObject());
}

}  // namespace

Status runSteps(Curation &curation)
{
    Stepper stepper(curation);
    for (const QJsonValue &step : curation.recipe.value(QLatin1String("steps")).toArray())
        ATHANOR_TRY(stepper.run(step.toObject()));
    return {};
}

}  // namespace athanor::corpus
