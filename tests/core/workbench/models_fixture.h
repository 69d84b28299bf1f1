// Models in a bench: one that came with weights, datasets, and what workers would have left. Thread: one.
#pragma once

#include "tests/core/workbench/bench_fixture.h"

#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/job/event_writer.h"
#include "core/model/label_head.h"
#include "core/model/training_settings.h"

namespace athanor::workbench {

// What a worker would have left of a job that is in the queue or was made by hand.
inline QString finish(Workbench &bench, const QString &kind, const QJsonObject &parameters, const QJsonObject &result, const QString &id = {})
{
    QString folder = bench.path() + QStringLiteral("/jobs/") + id;
    QString made = id;
    if (id.isEmpty()) {
        job::Spec spec;
        spec.kind = kind;
        spec.title = kind;
        spec.parameters = parameters;
        const auto one = job::Folder::create(bench.path(), spec);
        if (!one)
            qFatal("%s", qUtf8Printable(one.error().message));
        folder = one->path();
        made = one->spec().id;
    }
    auto events = job::EventWriter::open(folder + QStringLiteral("/events.jsonl"));
    if (!events)
        qFatal("%s", qUtf8Printable(events.error().message));
    events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), result}});
    return made;
}

// A small byte-level tokenizer.json, as the recorded cases of the tokenizer's tests hold it.
inline QByteArray tokenizerBytes()
{
    const auto recorded = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/tokenizer/smollm.json"));
    return recorded ? QJsonDocument(recorded->value(QLatin1String("tokenizer")).toObject()).toJson() : QByteArray();
}

// An imported model “smol” with a byte-level tokenizer; one that sorts texts where there are labels.
inline QString importSmol(Bench &fixture, const QString &name = QStringLiteral("smol"), const QString &family = QStringLiteral("architecture.llama"),
                          const QJsonObject &more = {}, const QStringList &labels = {})
{
    Workbench &bench = *fixture.bench;
    const QString id = finish(bench, QStringLiteral("import"), {{QStringLiteral("name"), name}}, {});
    const QString folder = QStringLiteral("jobs/%1/model").arg(id);
    const QByteArray tokenizer = tokenizerBytes();
    const auto read = tokenizer::parseTokenizer(tokenizer, QStringLiteral("small"));
    if (!read)
        qFatal("%s", qUtf8Printable(read.error().message));
    const qint64 vocabulary = (*read)->vocabularySize();
    if (!makeFolder(bench.path() + QLatin1Char('/') + folder) || !writeFileAtomically(bench.path() + QLatin1Char('/') + folder + QStringLiteral("/tokenizer.json"), tokenizer)
        || !writeFileAtomically(bench.path() + QLatin1Char('/') + folder + QStringLiteral("/model.safetensors"), "weights"))
        qFatal("cannot write");
    QJsonObject choices{{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 1}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 256}};
    for (auto it = more.begin(); it != more.end(); ++it)
        choices.insert(it.key(), it.value());
    auto architecture = model::expandArchitecture(fixture.catalogue, family, choices, vocabulary);
    if (architecture && !labels.isEmpty())
        architecture = model::withLabelHead(*architecture, labels);
    if (!architecture)
        qFatal("%s", qUtf8Printable(architecture.error().message));
    finish(bench, {}, {},
           {{QStringLiteral("name"), name}, {QStringLiteral("family"), family},
            {QStringLiteral("checkpoint"), folder}, {QStringLiteral("architecture"), *architecture},
            {QStringLiteral("weightsSha256"), sha256("weights")}, {QStringLiteral("parameters"), 1000}, {QStringLiteral("licence"), QStringLiteral("apache-2.0")},
            {QStringLiteral("tokenizer"), QJsonObject{{QStringLiteral("path"), folder + QStringLiteral("/tokenizer.json")}, {QStringLiteral("sha256"), sha256(tokenizer)},
                                                      {QStringLiteral("type"), QStringLiteral("byte-level BPE")}, {QStringLiteral("vocabulary"), vocabulary}, {QStringLiteral("lossless"), true}}}},
           id);
    if (!bench.project().ingestJobs())
        qFatal("not taken in");
    return folder;
}

// Ten documents, nine of them to learn from; as records when `facts` say so.
inline void addDataset(Bench &fixture, const QString &name, const QJsonObject &facts = {})
{
    const QString corpus = QStringLiteral("objects/corpora/") + sha256(name.toUtf8());
    if (!makeFolder(fixture.bench->path() + QStringLiteral("/objects/corpora")))
        qFatal("cannot write");
    auto writer = corpus::CorpusWriter::create(fixture.bench->path() + QLatin1Char('/') + corpus, name);
    for (int i = 0; writer && i < 10; ++i) {
        const QByteArray chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"What is warm?\"},{\"role\":\"assistant\",\"content\":\"The furnace.\"}]}";
        const QByteArray text = facts.isEmpty() ? QByteArray("The furnace is warm.") : facts.value(QLatin1String("kind")) == QLatin1String("chat") ? chat : QByteArray("{\"text\":\"warm\",\"label\":\"a\"}");
        if (!writer->add(i < 9 ? QStringLiteral("train") : QStringLiteral("validation"), {QString::number(i).rightJustified(64, QLatin1Char('0')), text, QStringLiteral("s"), {}, QString::number(i)}))
            qFatal("cannot write");
    }
    if (!writer || !writer->finish())
        qFatal("cannot write");
    QJsonObject result{{QStringLiteral("corpus"), corpus}, {QStringLiteral("corpusSha256"), sha256(name.toUtf8())},
                       {QStringLiteral("documents"), 10}, {QStringLiteral("kept"), 10}, {QStringLiteral("removed"), 0}, {QStringLiteral("unreadable"), 0},
                       {QStringLiteral("splits"), QJsonObject{{QStringLiteral("train"), QJsonObject{{QStringLiteral("documents"), 9}, {QStringLiteral("bytes"), 100000}}}}}};
    for (auto it = facts.begin(); it != facts.end(); ++it)
        result.insert(it.key(), it.value());
    finish(*fixture.bench, QStringLiteral("curate"), {{QStringLiteral("dataset"), name}}, result);
    if (!fixture.bench->project().ingestJobs())
        qFatal("not taken in");
}

inline RunRequest onSmol(const QString &dataset)
{
    RunRequest request;
    request.model = QStringLiteral("smol");
    request.dataset = dataset;
    request.settings = {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 3}};
    return request;
}

}  // namespace athanor::workbench
