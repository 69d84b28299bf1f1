// The score of a model on documents: what the evaluate job and a training's final figure both are.
// Thread: one.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/corpus_file.h"
#include "core/evaluate/compression.h"
#include "core/evaluate/scores.h"
#include "core/network/model.h"
#include "core/score/stream_scorer.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <memory>

namespace athanor::score {

/// Which document a text is of.
struct DocumentName {
    QString id, path;  // of a file the path alone
};

/// Documents one after another. `next` gives false at the end; the text of the last call is then unused.
struct DocumentStream {
    qint64 documentCount = 0;
    qint64 byteCount = 0;
    std::function<Result<bool>(QByteArray &text)> next;
    std::shared_ptr<DocumentName> name = std::make_shared<DocumentName>();  // of the text that next() gave last
};

/// A split's documents in id order, until `limitBytes` (0: all; the last document is cut at a character) or
/// `limitDocuments` (0: all).
/// The reader must outlive the stream.
ATHANOR_EXPORT Result<DocumentStream> splitStream(const corpus::CorpusReader &corpus, const QString &split,
                                                  qint64 limitBytes = 0, qint64 limitDocuments = 0);
/// A file's bytes as one document.
ATHANOR_EXPORT Result<DocumentStream> fileStream(const QString &path, qint64 limitBytes = 0);

struct TextScore {
    evaluate::LikelihoodSum sum;
    evaluate::Scores scores;
    evaluate::CompressionResult compression;  // zeros when not asked for
    double seconds = 0;
};

/// What one document adds to the sum.
struct DocumentScore {
    DocumentName name;
    evaluate::LikelihoodSum sum;
};
/// {"document","path","bytes","tokens","loss" (nats per token),"bitsPerByte"}.
ATHANOR_EXPORT QJsonObject toJson(const DocumentScore &score);

enum class Baselines { None, GzipAndXz };

/// `onDocument` is called for each document when all of its tokens have a score, in their order.
/// Errors: those of reading, Cancelled, Diverged when the model's output is not a number, InvalidInput for no text.
ATHANOR_EXPORT Result<TextScore> scoreText(network::Model &model, const tokenizer::Tokenizer &tokenizer,
                                           const DocumentStream &documents, const StreamOptions &options,
                                           Baselines baselines, ProgressSink &progress, const CancelToken &cancel,
                                           const std::function<void(const DocumentScore &)> &onDocument = {});

/// The contract of the job kind "evaluate".
ATHANOR_EXPORT QJsonObject toJson(const TextScore &score);

}  // namespace athanor::score
