#include "plugins/tokenizer/common/sentencepiece_training.h"

#include "core/base/format.h"
#include "core/base/machine.h"
#include "plugins/tokenizer/common/log_reader.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <sentencepiece_trainer.h>

#include <unordered_map>

namespace athanor::sentencepiece_training {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

class Sentences final : public sentencepiece::SentenceIterator {
public:
    explicit Sentences(tokenizer::TrainingTextReader &reader) : m_reader(&reader) {}
    bool done() const override { return m_reader->atEnd(); }
    void Next() override { m_reader->next(); }
    const std::string &value() const override { return m_reader->sentence(); }
    sentencepiece::util::Status status() const override
    {
        if (m_reader->status())
            return {};
        return {sentencepiece::util::StatusCode::kDataLoss, m_reader->status().error().message.toStdString()};
    }

private:
    tokenizer::TrainingTextReader *m_reader;
};

std::string textOf(bool value)
{
    return value ? "true" : "false";
}

std::unordered_map<std::string, std::string> optionsOf(Method method, const QJsonObject &settings)
{
    const auto integer = [&](const char *key) { return std::to_string(settings.value(QLatin1String(key)).toInteger()); };
    return {
        {"model_type", method == Method::BytePairEncoding ? "bpe" : "unigram"},
        {"vocab_size", integer("vocabulary")},
        {"max_sentencepiece_length", integer("longest_piece")},
        {"character_coverage", QByteArray::number(settings.value(QLatin1String("character_coverage")).toDouble(), 'f', 8).toStdString()},
        {"split_digits", textOf(settings.value(QLatin1String("single_digits")).toBool())},
        {"allow_whitespace_only_pieces", textOf(settings.value(QLatin1String("space_runs")).toBool())},
        // What keeps every byte:
        {"normalization_rule_name", "identity"},
        {"remove_extra_whitespaces", "false"},
        {"add_dummy_prefix", "false"},
        {"byte_fallback", "true"},
        {"max_sentence_length", std::to_string(8 * tokenizer::kSentenceBytes)},
        {"input_sentence_size", "0"},
        {"unk_id", "0"},
        {"bos_id", "1"},
        {"eos_id", "2"},
        {"pad_id", "-1"},
        {"num_threads", std::to_string(std::max(1, machineFacts().coreCount))},
    };
}

}  // namespace

Error errorFromMessage(const QString &message, qint64 asked)
{
    static const QRegularExpression tooHigh(QStringLiteral("Vocabulary size too high \\((\\d+)\\)\\. Please set it to a value <= (\\d+)"));
    static const QRegularExpression tooLow(QStringLiteral("Vocabulary size is smaller than required_chars\\. \\d+ vs (\\d+)"));
    if (const auto match = tooHigh.match(message); match.hasMatch()) {
        const QString largest = formatInteger(match.captured(2).toLongLong());
        return {ErrorCode::InvalidInput,
                tr("The text is too short for a vocabulary of %1 tokens: the largest that works is %2.").arg(formatInteger(asked), largest),
                tr("Set the vocabulary to %1 or less, or add documents.").arg(match.captured(2)), message};
    }
    if (const auto match = tooLow.match(message); match.hasMatch()) {
        // the 256 single bytes are among what must fit
        return {ErrorCode::InvalidInput,
                tr("A vocabulary of %1 tokens is too small for this text: its characters and the marks alone are %2.")
                    .arg(formatInteger(asked), formatInteger(match.captured(1).toLongLong())),
                tr("Set the vocabulary to more than %1, or lower the share of characters that get a token of their own.").arg(match.captured(1)), message};
    }
    return {ErrorCode::External, tr("SentencePiece could not train a tokenizer."),
            tr("The detail says why. A smaller vocabulary or more text often helps."), message};
}

Result<QByteArray> train(Method method, tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress)
{
    if (text.atEnd())
        return fail(ErrorCode::InvalidInput, tr("There is no text to learn from."), tr("Add documents first."));
    const qint64 vocabulary = settings.value(QLatin1String("vocabulary")).toInteger();
    progress.report({tr("Reading the text"), 0, 0, {}});
    LogReader reader(progress, vocabulary);
    const LogCapture capture(reader);
    Sentences sentences(text);
    std::string model;
    try {
        const auto status = sentencepiece::SentencePieceTrainer::Train(optionsOf(method, settings), &sentences, &model);
        if (!status.ok())
            return fail(errorFromMessage(QString::fromStdString(status.ToString()), vocabulary));
    } catch (const std::bad_alloc &) {
        return fail(ErrorCode::OutOfMemory, tr("Memory ran out while the tokenizer was trained."), tr("Learn from less text."));
    } catch (const std::exception &exception) {
        return fail(errorFromMessage(QString::fromLocal8Bit(exception.what()), vocabulary));
    }
    return QByteArray::fromStdString(model);
}

}  // namespace athanor::sentencepiece_training
