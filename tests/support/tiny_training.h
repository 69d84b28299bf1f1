// A project small enough to train in a test: a corpus of a few kilobytes, a hand-made tokenizer, a model of one or
// two blocks. Thread: one.
#pragma once

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/job/context.h"
#include "core/plugin/catalogue.h"
#include "tests/core/tokenizer/model_maker.h"

#include <QDir>
#include <QTemporaryDir>

namespace athanor::test {

inline std::unique_ptr<plugin::Catalogue> builtPlugins()
{
    auto catalogue = std::make_unique<plugin::Catalogue>();
    catalogue->scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
    return catalogue;
}

/// Sentences with a pattern that a tiny model learns within a hundred steps.
inline QByteArray tinyText(int seed, int sentences)
{
    static const QByteArray subjects[] = {"the cat", "the dog", "the hen", "the fox"};
    static const QByteArray verbs[] = {"sees", "hears", "meets"};
    QByteArray text;
    unsigned state = unsigned(seed) * 2654435761u + 1;
    for (int i = 0; i < sentences; ++i) {
        state = state * 1664525u + 1013904223u;
        text += subjects[(state >> 16) % 4] + ' ' + verbs[(state >> 20) % 3] + ' ' + subjects[(state >> 24) % 4] + ".\n";
    }
    return text;
}

inline QJsonObject tinyArchitecture(int layers = 2, int context = 32)
{
    const auto layer = [](const char *id, const char *name, const QJsonObject &parameters = {}) {
        return QJsonObject{{QStringLiteral("layer"), QLatin1String(id)},
                           {QStringLiteral("name"), QLatin1String(name)},
                           {QStringLiteral("parameters"), parameters}};
    };
    const QJsonArray attention{layer("layer.rms_norm", "norm1"),
                               layer("layer.attention", "attention", {{QStringLiteral("heads"), 2}, {QStringLiteral("positions"), QStringLiteral("rotary")}})};
    const QJsonArray forward{layer("layer.rms_norm", "norm2"), layer("layer.swiglu", "feed_forward", {{QStringLiteral("hidden"), 64}})};
    const QJsonArray block{QJsonObject{{QStringLiteral("residual"), attention}},
                           QJsonObject{{QStringLiteral("residual"), forward}}};
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("architecture"), QStringLiteral("architecture.llama")},
            {QStringLiteral("name"), QStringLiteral("tiny")},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), 296},
                                                       {QStringLiteral("context"), context},
                                                       {QStringLiteral("width"), 32},
                                                       {QStringLiteral("layers"), layers}}},
            {QStringLiteral("layers"),
             QJsonArray{layer("layer.token_embedding", "tok"),
                        QJsonObject{{QStringLiteral("repeat"), layers},
                                    {QStringLiteral("name"), QStringLiteral("blocks")},
                                    {QStringLiteral("layers"), block}},
                        layer("layer.rms_norm", "norm"),
                        layer("layer.head", "head", {{QStringLiteral("tied"), true}})}}};
}

/// The project's folder with objects/ filled, and the parameters of a train job on it.
class TinyProject {
public:
    /// The documents come from `sources` in turn. `strange` replaces the text of one document, "strange.txt", in the
    /// middle of those to learn from.
    TinyProject(int documents = 12, int validationDocuments = 3, const QStringList &sources = {QStringLiteral("s")},
                const QByteArray &strange = {})
        : TinyProject(tinyTexts(0, documents), tinyTexts(documents, validationDocuments), sources, strange)
    {
    }
    TinyProject(const QList<QByteArray> &training, const QList<QByteArray> &heldOut, const QStringList &sources = {QStringLiteral("s")},
                const QByteArray &strange = {})
        : m_sources(sources), m_strange(strange)
    {
        writeTokenizer();
        writeCorpus(training, heldOut);
    }
    QString path() const { return m_folder.path(); }
    QString tokenizerFile() const { return path() + QStringLiteral("/objects/tokenizers/tiny.model"); }
    QString corpusFolder() const { return path() + QStringLiteral("/objects/corpora/tiny"); }

    job::Spec trainSpec(const QString &id, const QJsonObject &settings = {}) const
    {
        QJsonObject all{{QStringLiteral("budget_kind"), QStringLiteral("steps")},
                        {QStringLiteral("budget"), 24},
                        {QStringLiteral("batch"), 4},
                        {QStringLiteral("precision"), QStringLiteral("f32")},
                        {QStringLiteral("threads"), 1},
                        {QStringLiteral("validation_every"), 8},
                        {QStringLiteral("sample_tokens"), 4},
                        {QStringLiteral("checkpoint_every"), 3600}};
        for (auto it = settings.begin(); it != settings.end(); ++it)
            all[it.key()] = it.value();
        job::Spec spec;
        spec.id = id;
        spec.kind = QStringLiteral("train");
        spec.parameters = {{QStringLiteral("model"), QStringLiteral("tiny")},
                           {QStringLiteral("architecture"), tinyArchitecture()},
                           {QStringLiteral("corpus"), QStringLiteral("objects/corpora/tiny")},
                           {QStringLiteral("corpusSha256"), m_corpusSha256},
                           {QStringLiteral("tokenizer"), QStringLiteral("objects/tokenizers/tiny.model")},
                           {QStringLiteral("tokenizerSha256"), m_tokenizerSha256},
                           {QStringLiteral("settings"), all}};
        return spec;
    }
    bool isUsable() const { return m_problem.isEmpty(); }
    QString problem() const { return m_problem; }

private:
    void check(const Status &status)
    {
        if (!status)
            m_problem += status.error().message;
    }
    void writeTokenizer()
    {
        const QByteArray model = maker::model();
        check(makeFolder(path() + QStringLiteral("/objects/tokenizers")));
        check(writeFileAtomically(tokenizerFile(), model));
        m_tokenizerSha256 = sha256(model);
    }
    static QList<QByteArray> tinyTexts(int first, int count)
    {
        QList<QByteArray> texts;
        for (int i = first; i < first + count; ++i)
            texts += tinyText(i, 40);
        return texts;
    }
    void writeCorpus(const QList<QByteArray> &training, const QList<QByteArray> &heldOut)
    {
        check(makeFolder(path() + QStringLiteral("/objects/corpora")));
        auto writer = corpus::CorpusWriter::create(corpusFolder(), QStringLiteral("tiny"));
        if (!writer)
            return check(fail(writer.error()));
        const QList<QByteArray> all = training + heldOut;
        for (qsizetype i = 0; i < all.size(); ++i) {
            const QString split = i < training.size() ? QStringLiteral("train") : QStringLiteral("validation");
            const QString id = QString::number(i).rightJustified(64, QLatin1Char('0'));
            const bool isStrange = !m_strange.isEmpty() && i == training.size() / 2;
            check(writer->add(split, {id, isStrange ? m_strange : all.at(i), m_sources[i % m_sources.size()],
                                      QStringLiteral("own"), isStrange ? QStringLiteral("strange.txt") : id}));
        }
        const auto facts = writer->finish();
        if (!facts)
            return check(fail(facts.error()));
        m_corpusSha256 = facts->value(QLatin1String("sha256")).toString();
    }
    QTemporaryDir m_folder;
    QStringList m_sources;
    QByteArray m_strange;
    QString m_tokenizerSha256, m_corpusSha256, m_problem;
};

}  // namespace athanor::test
