// What the tests of both training methods share: text in a file, settings, a sink that remembers.
#pragma once

#include "core/base/atomic_file.h"
#include "core/plugin/metadata.h"
#include "core/tokenizer/statistics.h"
#include "core/tokenizer/trainer.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

namespace fixture {

using namespace athanor;

class Phases final : public ProgressSink {
public:
    void report(const Progress &progress) override
    {
        QVERIFY(progress.total == 0 || progress.done <= progress.total);
        if (phases.isEmpty() || phases.last() != progress.phase)
            phases += progress.phase;
        counted = counted || progress.total > 0;
    }
    QStringList phases;
    bool counted = false;
};

class Text {
public:
    explicit Text(const QList<QByteArray> &documents)
    {
        qint64 total = 0;
        for (const QByteArray &document : documents)
            total += document.size();
        auto writer = tokenizer::TrainingTextWriter::create(path(), total, total);
        for (const QByteArray &document : documents)
            (void)writer->add(document);
        (void)writer->finish();
    }
    QString path() const { return m_folder.filePath(QStringLiteral("text.bin")); }
    tokenizer::TrainingTextReader open() const { return std::move(*tokenizer::TrainingTextReader::open(path())); }
    Result<std::shared_ptr<const tokenizer::Tokenizer>> read(const QByteArray &model) const
    {
        const QString file = m_folder.filePath(QStringLiteral("made.model"));
        (void)writeFileAtomically(file, model);
        return tokenizer::readTokenizer(file);
    }

private:
    QTemporaryDir m_folder;
};

/// The plugin's own defaults with a small vocabulary.
inline QJsonObject settings(const char *plugin, const QJsonObject &changes)
{
    const QString file = QStringLiteral(ATHANOR_SOURCE_DIR "/plugins/tokenizer/%1/plugin.json").arg(QLatin1String(plugin));
    const auto metadata = plugin::metadataFromJson(*readJsonFile(file), file);
    return *metadata->parameters.validate(changes);
}

inline QList<QByteArray> documents()
{
    QList<QByteArray> all;
    for (quint32 i = 0; i < 40; ++i)
        all += samples::prose(400, i + 1);
    return all + samples::texts();
}

}  // namespace fixture
