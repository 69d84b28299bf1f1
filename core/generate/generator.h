// Writes with a model, token by token. Role: prompt, key-value cache, sampling and streaming put together, for one text
// or several at once; a model that fills masks fills them. Thread: one call at a time for a model.
#pragma once

#include "core/base/progress.h"
#include "core/generate/manners.h"
#include "core/generate/sampler.h"
#include "core/generate/text_reader.h"
#include "core/network/model.h"
#include "core/tokenizer/tokenizer.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <functional>
#include <vector>

namespace athanor::generate {

struct GenerationRequest {
    QByteArray prompt;        // UTF-8; empty: begins a document
    QJsonArray messages;      // a chat instead: {"role","content"} …, rendered by the model's template
    int maxTokens = 256;
    SamplingSettings sampling;
    quint64 seed = 1;
    QStringList stop;         // texts that end the answer; not part of it
};

struct Alternative {
    QString text;
    double probability = 0;
};

struct TokenReport {
    QByteArray text;                       // whole UTF-8 characters; may be empty while one is unfinished
    qint32 id = 0;
    double probability = 0;                // of the chosen token, at temperature 1
    std::vector<Alternative> alternatives; // the five likeliest, descending, the chosen one possibly among them
};

struct GenerationResult {
    QByteArray text;
    qint64 tokens = 0;
    qint64 promptTokens = 0;         // that the answer continues
    qint64 reusedTokens = 0;         // of them, those that the cache held from before
    qint64 droppedMessages = 0;      // the oldest ones of a chat, for which the context has no room
    double tokensPerSecond = 0;      // after the first token
    double firstTokenSeconds = 0;    // from the request on
    QString stoppedBecause;          // "length", "end" (end of document or turn), "stop" (a stop text), "request", "filled", "label"
};

/// Called after every token; the cancel token is asked before every one, and between blocks of a long prompt.
using TokenCallback = std::function<void(const TokenReport &)>;

/// Tokens that were written since the last call, of all texts together.
using StepCallback = std::function<void(qint64 tokens)>;

/// From a job's or a client's JSON: prompt or messages, and the settings of model::generationSchema() under their
/// request keys. InvalidInput names the key, the value and the limits; what is missing gets the schema's default.
ATHANOR_EXPORT Result<GenerationRequest> requestFromJson(const QJsonObject &object);

class ATHANOR_EXPORT Generator {
public:
    /// All must outlive the generator. Without manners: those of a model that was trained here (Manners::plain).
    Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler);
    Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler, Manners manners);

    const Manners &manners() const { return m_manners; }
    /// Called before each block of a prompt and before each token, so that a stop is heard while a long prompt is read.
    void setBetweenBlocks(std::function<void()> call) { m_betweenBlocks = std::move(call); }
    /// A model that fills masks: the text is the prompt with its masks filled, and each mask is reported as a token.
    /// One that was taught labels: the text is the label, reported as one token with the others as its alternatives.
    Result<GenerationResult> run(const GenerationRequest &request, const TokenCallback &onToken,
                                 const CancelToken &cancel);
    /// Several texts at once, which is faster than one by one; each as run() writes it, up to rounding. A text ends
    /// ("length") when the context is full; rows of texts that are done leave the batch. Not for models that fill masks
    /// or name labels (InvalidInput).
    Result<std::vector<GenerationResult>> runTogether(const std::vector<GenerationRequest> &requests,
                                                      const CancelToken &cancel, const StepCallback &onStep = {});

private:
    int64_t vocabulary() const;
    Result<GenerationResult> nameLabel(const GenerationRequest &request, const TokenCallback &onToken);
    Result<GenerationResult> fillMasks(const GenerationRequest &request, const TokenCallback &onToken);

    network::Model *m_model;
    const tokenizer::Tokenizer *m_tokenizer;
    const Sampler *m_sampler;
    std::function<void()> m_betweenBlocks;
    Manners m_manners;
    TextReader m_reader;
};

}  // namespace athanor::generate
