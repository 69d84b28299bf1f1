// See export_gate.h.
#include "core/score/export_gate.h"

#include "core/adapt/adapter_files.h"
#include "core/adapt/adapters.h"
#include "core/adapt/family_names.h"
#include "core/model/architecture.h"
#include "core/adapt/peft.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/interop/model_writer.h"
#include "core/report/model_card.h"
#include "core/score/read_back.h"
#include "core/tokenizer/record_encoder.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::score {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

QString figure(double value) { return QString::number(value, 'g', 3); }

/// A folder that goes when the work is over, however it ends.
struct Scratch {
    QString path;
    ~Scratch() { QDir(path).removeRecursively(); }
};

bool sameTemplates(const QString &inside, const QString &outside)
{
    const auto here = tokenizer::ChatTemplate::read(inside);
    const auto there = tokenizer::ChatTemplate::read(outside);
    if (!here || !there)
        return !here;  // the export may not lose one; that a base gained one would not be a loss
    QStringList ours = here->names(), theirs = there->names();
    ours.sort();  // the order of named templates means nothing
    theirs.sort();
    return ours == theirs && std::all_of(ours.begin(), ours.end(), [&](const QString &name) { return here->source(name) == there->source(name); });
}

class Gate {
public:
    Gate(job::Context &context, const ExportPlan &plan)
        : m_context(context), m_plan(plan), m_cancel(context.cancelToken()), m_scratch{context.jobPath() + QStringLiteral("/check")}
    {
        m_isAdapter = plan.numbers.format == QLatin1String("adapter");
        const QFileInfo target(plan.to);
        const QString unfinished = QStringLiteral(".%1.unfinished").arg(target.fileName());
        m_written = target.absolutePath() + QLatin1Char('/') + unfinished + (isGguf() ? QStringLiteral(".gguf") : QString());
        m_hadParent = QFileInfo(target.absolutePath()).isDir();
    }

    Result<QJsonObject> run()
    {
        // What stands there already is never touched, also when it came after the export was asked for.
        ATHANOR_TRY(interop::checkTarget(m_plan.to, 0));
        ATHANOR_TRY(makeFolder(m_scratch.path));
        if (const Status asked = measureInside(); !asked)
            return abandon(asked.error());
        removeUnfinished();  // of an attempt that was killed
        const auto written = m_isAdapter ? writeAdapter() : writeModel();
        if (!written)
            return abandon(written.error());
        const auto verdict = judge();
        if (!verdict)
            return abandon(verdict.error());
        if (!verdict->passed())
            return abandon(Error{ErrorCode::Corrupt, tr("The export was not kept, because it does not answer as the model inside: %1.").arg(verdict->reason()),
                                 tr("Choose another number format (f32 changes nothing), or report this with the job's log."), {}});
        if (const Status settled = settle(*verdict); !settled)
            return abandon(settled.error());
        auto files = listed();
        if (!files)
            return tl::unexpected(files.error());
        return QJsonObject{{QStringLiteral("path"), m_plan.to}, {QStringLiteral("files"), *files}, {QStringLiteral("parity"), toJson(*verdict)}};
    }

private:
    bool isGguf() const { return m_plan.numbers.format == QLatin1String("gguf"); }
    void removeUnfinished() const
    {
        if (isGguf())
            QFile::remove(m_written);
        else
            QDir(m_written).removeRecursively();
    }
    void say(const QString &phase) { m_context.report({phase, 0, 0, {}}); }

    // ---- inside: as it is, then with its weights as the export will hold them
    Status measureInside()
    {
        say(tr("Loading the model"));
        ATHANOR_ASSIGN(m_inside, generate::loadModel(m_context.plugins(), m_plan.checkpoint, generate::LoadPrecision::F32));
        if (m_isAdapter && adapt::isAdapterFolder(m_inside.base))
            return fail(ErrorCode::Unsupported, tr("This adapter stands on another adapter, and other programs know only models to stand on."),
                        tr("Export it as a whole model: that adds both in."));
        m_labels = model::labelsOf(m_inside.model->architecture());
        if (isGguf() && !m_labels.isEmpty())  // the writer would say so too, after minutes
            return fail(ErrorCode::Unsupported, tr("A GGUF file has no place for a head that sorts texts by labels."),
                        tr("Export as a Hugging Face folder."));
        ATHANOR_ASSIGN(m_manners, generate::readManners(m_plan.checkpoint, *m_inside.model, *m_inside.tokenizer));
        say(tr("Asking the model inside"));
        ATHANOR_ASSIGN(m_original, measure(*m_inside.model, *m_inside.tokenizer, m_manners, m_plan.texts, m_cancel));
        if (m_isAdapter) {
            m_rounded = m_original;
            return {};
        }
        if (adapt::hasAdapters(*m_inside.model))
            ATHANOR_TRY(mergeInside());
        ATHANOR_TRY(roundLikeExport(*m_inside.model, m_plan.numbers));
        ATHANOR_ASSIGN(m_rounded, measure(*m_inside.model, *m_inside.tokenizer, m_manners, m_plan.texts, m_cancel));
        m_inside.model.reset();  // one model in memory at a time
        return {};
    }

    // Base and adapter become one set of weights, in a file with our names.
    Status mergeInside()
    {
        ATHANOR_TRY(adapt::mergeAdapters(*m_inside.model));
        std::vector<std::pair<QString, torch::Tensor>> tensors;
        for (const network::NamedParameter &parameter : m_inside.model->parameters())
            tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.detach());
        m_merged = m_scratch.path + QStringLiteral("/merged.safetensors");
        ATHANOR_TRY(adapt::writeTensorFile(m_merged, tensors));
        return {};
    }

    // ---- out
    Status writeModel()
    {
        interop::WriteModelRequest request;
        request.folder = m_plan.checkpoint;
        request.to = m_written;
        request.name = m_plan.name;
        request.dtype = m_plan.numbers.dtype;
        request.weights = m_merged;
        request.chatTemplate = QString::fromUtf8(taughtTemplate());
        ATHANOR_ASSIGN(const interop::WrittenModel written,
                       isGguf() ? interop::writeGgufModel(m_context.plugins(), request, m_context, m_cancel)
                                : interop::writeHuggingFaceModel(m_context.plugins(), request, m_context, m_cancel));
        for (const QString &warning : written.warnings)
            m_context.log(QStringLiteral("warning"), warning);
        return {};
    }

    Status writeAdapter()
    {
        ATHANOR_TRY(makeFolder(m_written));
        ATHANOR_ASSIGN(const adapt::AdapterFacts facts, adapt::readAdapterFacts(m_plan.checkpoint));
        ATHANOR_ASSIGN(const auto family, adapt::familyMatrices(m_context.plugins(), m_inside.model->architecture()));
        const QJsonObject source = m_plan.facts.value(QLatin1String("base")).toObject().value(QLatin1String("source")).toObject();
        const QString base = source.value(QLatin1String("location")).toString(m_inside.base);
        if (source.value(QLatin1String("kind")) == QLatin1String("gguf"))
            m_context.log(QStringLiteral("warning"), tr("The model below came as a GGUF file, which PEFT does not load. Export it as a Hugging Face folder too, and name that folder in adapter_config.json."));
        ATHANOR_ASSIGN(const adapt::FamilyHead head, adapt::familyLabelHead(m_context.plugins(), m_inside.model->architecture()));
        ATHANOR_TRY(adapt::writePeft(m_written, *m_inside.model, adapt::modulesOf(*m_inside.model, family), facts.settings, base, head));
        ATHANOR_TRY(tokenizer::copyChatTemplates(m_plan.checkpoint, m_written));
        for (const char *name : {"tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json"}) {
            const QString from = m_plan.checkpoint + QLatin1Char('/') + QLatin1String(name);
            if (QFileInfo::exists(from) && !QFile::copy(from, m_written + QLatin1Char('/') + QLatin1String(name)))
                return fail(ErrorCode::DiskFull, tr("Cannot write to “%1”.").arg(m_written));
        }
        if (!m_labels.isEmpty()) {
            ATHANOR_ASSIGN(m_padding, interop::writeLabelReading(m_context.plugins(), m_plan.checkpoint, m_written));
        }
        m_inside.model.reset();
        const QByteArray wording = taughtTemplate();
        return wording.isEmpty() ? Status() : writeFileAtomically(m_written + QStringLiteral("/chat_template.jinja"), wording);
    }

    // The built-in wording, where it was taught answers with it: other programs must ask it in the same way.
    QByteArray taughtTemplate() const
    {
        const QJsonObject teaching = m_inside.state.value(QLatin1String("teaching")).toObject();
        const bool isChat = teaching.value(QLatin1String("kind")).toString() == QLatin1String("chat");
        const QString wording = teaching.value(QLatin1String("wording")).toString(QStringLiteral("template"));
        if (!m_manners.isBuiltInChat || !isChat || wording == QLatin1String("completion"))
            return {};
        return (m_inside.tokenizer->textPrefix().empty() ? QByteArray() : QByteArray("{{- bos_token -}}")) + tokenizer::plainChatTemplate();
    }

    // ---- back
    Result<generate::LoadedModel> readBack()
    {
        say(tr("Reading what was written"));
        if (m_isAdapter)
            return adapterBack();
        ATHANOR_ASSIGN(m_outside, importBack(m_context, m_written, QStringLiteral("check/back")));
        return generate::loadModel(m_context.plugins(), m_outside, generate::LoadPrecision::F32);
    }

    // As another program loads it: the base's weights, with a head for labels where the adapter brings one.
    Result<generate::LoadedModel> baseOfAdapter()
    {
        ATHANOR_ASSIGN(const QJsonObject architecture, readJsonFile(m_plan.checkpoint + QStringLiteral("/architecture.json")));
        if (model::labelsOf(architecture).isEmpty())
            return generate::loadModel(m_context.plugins(), m_inside.base, generate::LoadPrecision::F32);
        generate::LoadedModel model;
        ATHANOR_ASSIGN(model.model, network::Model::build(m_context.plugins(), architecture, {}));
        model.tokenizer = m_inside.tokenizer;
        ATHANOR_TRY(generate::loadBaseWeights(m_context.plugins(), m_inside.base, model.model->parameters(), [](const QString &) { return true; }));
        return model;
    }

    Result<generate::LoadedModel> adapterBack()
    {
        m_outside = m_written;
        ATHANOR_ASSIGN(generate::LoadedModel model, baseOfAdapter());
        ATHANOR_ASSIGN(const auto family, adapt::familyMatrices(m_context.plugins(), model.model->architecture()));
        ATHANOR_ASSIGN(const adapt::FamilyHead head, adapt::familyLabelHead(m_context.plugins(), model.model->architecture()));
        ATHANOR_TRY(adapt::readPeft(m_written, *model.model, adapt::modulesOf(*model.model, family), head));
        return model;
    }

    Result<Verdict> judge()
    {
        ATHANOR_ASSIGN(const generate::LoadedModel outside, readBack());
        say(tr("Asking what was written"));  // with the same marks before each text: what stands there is the asker's choice
        ATHANOR_ASSIGN(const Measurement answers, measure(*outside.model, *outside.tokenizer, m_manners, m_plan.texts, m_cancel));
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped."));
        Verdict verdict;
        verdict.tolerance = exportTolerance(m_plan.numbers.dtype);
        verdict.rounded = differenceOf(m_rounded, answers);
        verdict.original = differenceOf(m_original, answers);
        verdict.perplexityInside = m_original.perplexity();
        verdict.perplexityOutside = answers.perplexity();
        verdict.sameTemplate = !taughtTemplate().isEmpty() || sameTemplates(m_plan.checkpoint, m_outside);
        verdict.sameLabels = model::labelsOf(outside.model->architecture()) == m_labels;
        return verdict;
    }

    // ---- the end, good or bad
    // Proved: the card, and the name that was asked for. Until here nothing stood under that name.
    Status settle(const Verdict &verdict)
    {
        QJsonObject facts = m_plan.facts;
        if (!m_labels.isEmpty())
            facts.insert(QStringLiteral("labels"), QJsonArray::fromStringList(m_labels));
        QByteArray card = report::modelCard({m_plan.name, m_plan.numbers.format, m_plan.numbers.dtype, facts, toJson(verdict), pipelineTag()});
        if (m_padding >= 0)
            card += tr("\nShorter texts of a batch are filled up with the token %1. Say so after loading:\n\n    model.config.pad_token_id = %1\n").arg(m_padding).toUtf8();
        if (!isGguf())
            ATHANOR_TRY(writeFileAtomically(m_written + QStringLiteral("/README.md"), card));
        ATHANOR_TRY(interop::checkTarget(m_plan.to, 0));
        if (!isGguf())
            QDir().rmdir(m_plan.to);
        if (!QFile::rename(m_written, m_plan.to))
            return fail(ErrorCode::Unreadable, tr("“%1” cannot be made.").arg(m_plan.to), tr("Choose another place."));
        ATHANOR_TRY(syncFolder(QFileInfo(m_plan.to).absolutePath()));
        if (!isGguf())
            return {};
        m_card = cardPath();
        return writeFileAtomically(m_card, card);
    }
    Result<QJsonArray> listed() const
    {
        QStringList paths{m_plan.to, m_card};
        if (!isGguf()) {
            paths.clear();
            QStringList names = QDir(m_plan.to).entryList(QDir::Files, QDir::Name);
            names += tokenizer::chatTemplateFiles(m_plan.to);
            names.removeDuplicates();
            for (const QString &name : names)
                paths += m_plan.to + QLatin1Char('/') + name;
        }
        QJsonArray files;
        for (const QString &path : paths) {
            const QFileInfo info(path);
            ATHANOR_ASSIGN(const QString hash, sha256OfFile(info.filePath()));
            files += QJsonObject{{QStringLiteral("name"), QFileInfo(m_plan.to).isDir() ? QDir(m_plan.to).relativeFilePath(path) : info.fileName()}, {QStringLiteral("bytes"), info.size()}, {QStringLiteral("sha256"), hash}};
        }
        return files;
    }
    QString cardPath() const  // beside a GGUF file; other people's stay
    {
        const QFileInfo file(m_plan.to);
        const QString usual = file.absolutePath() + QStringLiteral("/README.md");
        return QFileInfo::exists(usual) ? file.absolutePath() + QLatin1Char('/') + file.completeBaseName() + QStringLiteral(".README.md") : usual;
    }
    QString pipelineTag() const
    {
        if (m_manners.task == generate::Task::NameLabel)
            return QStringLiteral("text-classification");
        if (m_manners.task == generate::Task::FillMasks)
            return QStringLiteral("fill-mask");
        return m_manners.task == generate::Task::Answer ? QStringLiteral("text2text-generation") : QStringLiteral("text-generation");
    }

    tl::unexpected<Error> abandon(const Error &error)
    {
        removeUnfinished();
        if (!m_hadParent)
            QDir().rmdir(QFileInfo(m_plan.to).absolutePath());
        if (error.code == ErrorCode::Cancelled)
            return job::stoppedHere(tr("Nothing of the export is kept; the model is unchanged."));
        return tl::unexpected(error);
    }

    job::Context &m_context;
    const ExportPlan &m_plan;
    CancelToken m_cancel;
    Scratch m_scratch;
    bool m_isAdapter = false;
    bool m_hadParent = false;
    generate::LoadedModel m_inside;
    generate::Manners m_manners;
    Measurement m_original, m_rounded;
    QStringList m_labels;       // that the model inside sorts texts by
    qint64 m_padding = -1;      // of an adapter that does
    QString m_written;          // beside the place that was asked for, until it is proved
    QString m_merged, m_outside, m_card;
};

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

}  // namespace

bool Verdict::passed() const { return reason().isEmpty(); }

QString Verdict::reason() const
{
    QStringList reasons;
    if (!rounded.sameIds)
        reasons += tr("its tokenizer gives other tokens");
    if (!(rounded.largestScore <= tolerance.scores))
        reasons += tr("scores differ by up to %1, %2 is allowed").arg(figure(rounded.largestScore), figure(tolerance.scores));
    if (rounded.greedyAgree < rounded.greedyTokens)
        reasons += (rounded.sortsTexts ? tr("only the first %1 of %2 texts get the same label") : tr("only the first %1 of %2 greedy tokens agree"))
                       .arg(rounded.greedyAgree).arg(rounded.greedyTokens);
    if (!(std::abs(original.perplexityRatio - 1) <= tolerance.perplexityShare))
        reasons += tr("perplexity is %1 inside and %2 as exported, %3 % is allowed")
                       .arg(QString::number(perplexityInside, 'g', 6), QString::number(perplexityOutside, 'g', 6), figure(100 * tolerance.perplexityShare));
    if (!sameTemplate)
        reasons += tr("its chat template is another one");
    if (!sameLabels)
        reasons += tr("its labels are others");
    return reasons.join(QStringLiteral("; "));
}

QJsonObject toJson(const Verdict &verdict)
{
    return {{QStringLiteral("maxLogitDifference"), numberOrNull(verdict.rounded.largestScore)},
            {QStringLiteral("tolerance"), verdict.tolerance.scores},
            {QStringLiteral("greedyTokens"), verdict.rounded.greedyTokens},
            {QStringLiteral("greedyAgree"), verdict.rounded.greedyAgree},
            {QStringLiteral("perplexityInside"), numberOrNull(verdict.perplexityInside)},
            {QStringLiteral("perplexityOutside"), numberOrNull(verdict.perplexityOutside)},
            {QStringLiteral("perplexityTolerance"), verdict.tolerance.perplexityShare},
            {QStringLiteral("original"), QJsonObject{{QStringLiteral("maxLogitDifference"), numberOrNull(verdict.original.largestScore)},
                                                     {QStringLiteral("greedyAgree"), verdict.original.greedyAgree},
                                                     {QStringLiteral("perplexityRatio"), numberOrNull(verdict.original.perplexityRatio)}}},
            {QStringLiteral("sortsTexts"), verdict.rounded.sortsTexts},
            {QStringLiteral("sameTokens"), verdict.rounded.sameIds},
            {QStringLiteral("sameChatTemplate"), verdict.sameTemplate},
            {QStringLiteral("passed"), verdict.passed()}};
}

Result<QJsonObject> exportModel(job::Context &context, const ExportPlan &plan) { return Gate(context, plan).run(); }

}  // namespace athanor::score
