// A project in a temporary folder, and job folders as workers leave them.
#pragma once

#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "core/base/hash.h"
#include "core/job/event_writer.h"
#include "core/job/folder.h"
#include "core/project/project.h"

#include <QtTest>

#include <sqlite3.h>
#include <zstd.h>

namespace athanor::project {

#define REQUIRE_OK(expression)                                                                                         \
    do {                                                                                                               \
        auto &&requiredResult = (expression);                                                                         \
        if (!requiredResult)                                                                                           \
            qFatal("%s: %s %s", #expression, qUtf8Printable(requiredResult.error().message),                           \
                   qUtf8Printable(requiredResult.error().detail));                                                     \
    } while (false)

class Fixture {
public:
    QTemporaryDir folder;
    std::unique_ptr<Project> project;

    Fixture()
    {
        auto made = Project::create(path(), QStringLiteral("Trial"));
        if (!made)
            qFatal("%s", qUtf8Printable(made.error().message));
        project = std::move(*made);
    }
    QString path() const { return folder.filePath(QStringLiteral("pröject 'one'")); }

    void reopen()
    {
        project.reset();
        auto opened = Project::open(path());
        if (!opened)
            qFatal("%s", qUtf8Printable(opened.error().message));
        project = std::move(*opened);
    }

    /// Closes the project as a killed program would: the mark of being open stays.
    void crash()
    {
        project.reset();
        sqlite3 *database = nullptr;
        if (sqlite3_open((path() + QStringLiteral("/project.sqlite")).toUtf8().constData(), &database) != SQLITE_OK ||
            sqlite3_exec(database, "UPDATE meta SET value='0' WHERE key='closed'", nullptr, nullptr, nullptr) != SQLITE_OK)
            qFatal("the mark could not be set");
        sqlite3_close(database);
    }

    /// A job that a worker has brought to `state`; returns its id.
    QString job(const QString &kind, const QJsonObject &parameters, job::State state, const QJsonObject &result = {},
                const QList<QJsonObject> &checkpoints = {})
    {
        job::Spec spec;
        spec.kind = kind;
        spec.title = QStringLiteral("A job of kind ") + kind;
        spec.parameters = parameters;
        auto made = job::Folder::create(path(), spec);
        REQUIRE_OK(made);
        auto events = job::EventWriter::open(made->path() + QStringLiteral("/events.jsonl"));
        REQUIRE_OK(events);
        events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
        for (QJsonObject facts : checkpoints) {
            const QString name = QStringLiteral("jobs/%1/checkpoints/step-%2")
                                     .arg(made->spec().id)
                                     .arg(facts.value(QLatin1String("step")).toInt(), 8, 10, QLatin1Char('0'));
            REQUIRE_OK(makeFolder(path() + QLatin1Char('/') + name));
            facts.insert(QStringLiteral("kind"), QStringLiteral("checkpoint"));
            facts.insert(QStringLiteral("path"), name);
            events->append(job::EventType::Artifact, facts, facts.value(QLatin1String("step")).toInt());
        }
        QJsonObject data{{QStringLiteral("state"), job::stateName(state)}};
        if (state == job::State::Finished)
            data.insert(QStringLiteral("result"), result);
        if (state == job::State::Failed)
            data.insert(QStringLiteral("error"), toJson(Error{ErrorCode::External, QStringLiteral("It broke."), {}, {}}));
        events->append(job::EventType::State, data);
        return made->spec().id;
    }

    static QString shaOf(const QString &text) { return sha256(text.toUtf8()); }

    /// `count` documents, every fifth removed, every tenth of the kept ones for validation.
    static QByteArray documentLines(int count, const QString &prefix = QStringLiteral("doc"))
    {
        QByteArray lines;
        for (int i = 0; i < count; ++i) {
            const bool isRemoved = i % 5 == 4;
            QJsonObject line{{QStringLiteral("id"), shaOf(prefix + QString::number(i))},
                             {QStringLiteral("path"), QStringLiteral("library/%1-%2.html").arg(prefix).arg(i)},
                             {QStringLiteral("source"), QStringLiteral("source-1")},
                             {QStringLiteral("licence"), QStringLiteral("PSF-2.0")},
                             {QStringLiteral("bytes"), 100 + i},
                             {QStringLiteral("textSha256"), shaOf(QStringLiteral("text") + QString::number(i))},
                             {QStringLiteral("status"), isRemoved ? QStringLiteral("removed") : QStringLiteral("kept")},
                             {QStringLiteral("language"), QStringLiteral("en")},
                             {QStringLiteral("signals"), QJsonObject{{QStringLiteral("words"), i}}}};
            if (isRemoved) {
                line.insert(QStringLiteral("reason"), i % 2 ? QStringLiteral("too-short") : QStringLiteral("duplicate"));
                line.insert(QStringLiteral("reasonTitle"), i % 2 ? QStringLiteral("Too short") : QStringLiteral("Copy of another"));
                line.insert(QStringLiteral("detail"), QStringLiteral("%1 words").arg(i));
            } else {
                line.insert(QStringLiteral("split"), i % 10 == 0 ? QStringLiteral("validation") : QStringLiteral("train"));
            }
            lines += QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n';
        }
        return lines;
    }

    static QByteArray compressed(const QByteArray &bytes)
    {
        QByteArray out(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(bytes.size()))), Qt::Uninitialized);
        out.resize(static_cast<qsizetype>(ZSTD_compress(out.data(), static_cast<size_t>(out.size()), bytes.constData(),
                                                        static_cast<size_t>(bytes.size()), 1)));
        return out;
    }

    /// A finished curate job for the dataset; `content` decides the corpus hash.
    QString curate(const QString &dataset, const QString &content, int count = 20, const QJsonObject &recipe = {})
    {
        const QString sha = shaOf(content);
        const QString list = QStringLiteral("lists-%1.jsonl.zst").arg(content);
        REQUIRE_OK(writeFileAtomically(path() + QLatin1Char('/') + list, compressed(documentLines(count))));
        REQUIRE_OK(makeFolder(path() + QStringLiteral("/objects/corpora/") + sha));
        REQUIRE_OK(writeFileAtomically(path() + QStringLiteral("/objects/corpora/%1/corpus.json").arg(sha), "{}"));
        const int removed = count / 5;
        return job(QStringLiteral("curate"),
                   {{QStringLiteral("dataset"), dataset},
                    {QStringLiteral("recipe"), recipe},
                    {QStringLiteral("sources"), project->sourcesForSpec().value_or(QJsonArray())}},
                   job::State::Finished,
                   {{QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + sha},
                    {QStringLiteral("corpusSha256"), sha},
                    {QStringLiteral("documents"), count},
                    {QStringLiteral("kept"), count - removed},
                    {QStringLiteral("removed"), removed},
                    {QStringLiteral("unreadable"), 0},
                    {QStringLiteral("documentsFile"), list}});
    }

    QString tokenizer(const QString &name, const QString &corpusContent)
    {
        const QString sha = shaOf(QStringLiteral("tokenizer ") + name + corpusContent);
        REQUIRE_OK(makeFolder(path() + QStringLiteral("/objects/tokenizers")));
        REQUIRE_OK(writeFileAtomically(path() + QStringLiteral("/objects/tokenizers/%1.model").arg(sha), "model"));
        return job(QStringLiteral("tokenizer"),
                   {{QStringLiteral("name"), name},
                    {QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + shaOf(corpusContent)}},
                   job::State::Finished,
                   {{QStringLiteral("tokenizer"), QStringLiteral("objects/tokenizers/%1.model").arg(sha)},
                    {QStringLiteral("tokenizerSha256"), sha},
                    {QStringLiteral("vocabulary"), 8192},
                    {QStringLiteral("type"), QStringLiteral("bpe")},
                    {QStringLiteral("lossless"), true},
                    {QStringLiteral("bytesPerToken"), 3.7}});
    }

    QJsonObject trainParameters(const QString &model, const QString &corpusContent) const
    {
        const auto tokenizer = project->tokenizers();
        return {{QStringLiteral("model"), model},
                {QStringLiteral("corpusSha256"), shaOf(corpusContent)},
                {QStringLiteral("tokenizerSha256"), tokenizer && !tokenizer->isEmpty() ? tokenizer->first().sha256 : QString()}};
    }

    QString train(const QString &model, const QString &corpusContent, job::State state = job::State::Finished)
    {
        const QString weights = shaOf(QStringLiteral("weights ") + model + corpusContent);
        return job(QStringLiteral("train"), trainParameters(model, corpusContent), state,
                   {{QStringLiteral("bestCheckpoint"), QStringLiteral("best")},
                    {QStringLiteral("steps"), 200},
                    {QStringLiteral("validationLoss"), 2.5},
                    {QStringLiteral("bitsPerByte"), 1.9}},
                   {{{QStringLiteral("step"), 100}, {QStringLiteral("best"), true}, {QStringLiteral("weightsSha256"), shaOf(weights)}},
                    {{QStringLiteral("step"), 200}, {QStringLiteral("best"), true}, {QStringLiteral("weightsSha256"), weights}}});
    }

    /// A finished import job: a model folder with a tokenizer, made from two files.
    QString import(const QString &name, const QJsonObject &changes = {})
    {
        const QByteArray tokenizerBytes = "{\"tokenizer of\": \"" + name.toUtf8() + "\"}";
        QJsonObject result{{QStringLiteral("name"), name}, {QStringLiteral("family"), QStringLiteral("architecture.llama")},
                           {QStringLiteral("architecture"), QJsonObject{{QStringLiteral("name"), name}}},
                           {QStringLiteral("weightsSha256"), shaOf(QStringLiteral("base weights ") + name)},
                           {QStringLiteral("parameters"), 1000}, {QStringLiteral("licence"), QStringLiteral("apache-2.0")},
                           {QStringLiteral("hasChatTemplate"), true}, {QStringLiteral("warnings"), QJsonArray{}}};
        const QString id = job(QStringLiteral("import"), {{QStringLiteral("source"), QStringLiteral("/models/") + name}, {QStringLiteral("name"), name}},
                               job::State::Running);
        const QString folder = QStringLiteral("jobs/%1/model").arg(id);
        result.insert(QStringLiteral("checkpoint"), folder);
        result.insert(QStringLiteral("tokenizer"), QJsonObject{{QStringLiteral("path"), folder + QStringLiteral("/tokenizer.json")},
                                                               {QStringLiteral("sha256"), sha256(tokenizerBytes)},
                                                               {QStringLiteral("type"), QStringLiteral("byte-level BPE")},
                                                               {QStringLiteral("vocabulary"), 64}, {QStringLiteral("lossless"), true}});
        for (auto it = changes.begin(); it != changes.end(); ++it)
            result.insert(it.key(), it.value());
        REQUIRE_OK(makeFolder(path() + QLatin1Char('/') + folder));
        REQUIRE_OK(writeFileAtomically(path() + QLatin1Char('/') + folder + QStringLiteral("/tokenizer.json"), tokenizerBytes));
        REQUIRE_OK(writeFileAtomically(path() + QLatin1Char('/') + folder + QStringLiteral("/model.safetensors"), "weights"));
        const QJsonObject files{{QStringLiteral("model.safetensors"), shaOf(QStringLiteral("source weights"))},
                                {QStringLiteral("tokenizer.json"), sha256(tokenizerBytes)},
                                {QStringLiteral("vocab.json"), shaOf(QStringLiteral("source vocabulary"))}};
        REQUIRE_OK(writeJsonFile(path() + QLatin1Char('/') + folder + QStringLiteral("/model.json"),
                                 {{QStringLiteral("format"), 1}, {QStringLiteral("name"), name},
                                  {QStringLiteral("source"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("huggingface")},
                                                                         {QStringLiteral("location"), QStringLiteral("/models/") + name},
                                                                         {QStringLiteral("sha256"), files}}}}));
        finish(id, result);
        return id;
    }

    StageState stateOf(Stage stage) const { return project->stages()->at(static_cast<int>(stage)).state; }

    /// The last event of a job that runs.
    void finish(const QString &id, const QJsonObject &result)
    {
        auto events = job::EventWriter::open(path() + QStringLiteral("/jobs/%1/events.jsonl").arg(id));
        REQUIRE_OK(events);
        events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), result}});
    }

    /// Documents, tokenizer, model and a finished run.
    void wholeWay()
    {
        curate(QStringLiteral("data"), QStringLiteral("one"));
        REQUIRE_OK(project->ingestJobs());
        tokenizer(QStringLiteral("tok"), QStringLiteral("one"));
        REQUIRE_OK(project->ingestJobs());
        Model model;
        model.name = QStringLiteral("small");
        model.tokenizer = QStringLiteral("tok");
        model.tokenizerSha256 = project->tokenizers()->first().sha256;
        model.parameters = 13900000;
        REQUIRE_OK(project->addModel(model));
        train(QStringLiteral("small"), QStringLiteral("one"));
        REQUIRE_OK(project->ingestJobs());
    }
};

}  // namespace athanor::project
