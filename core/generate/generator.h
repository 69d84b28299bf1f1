// Continues a prompt, token by token. Role: prefill, key-value cache, sampling, streaming, and what happens when
// the context is full (the newest half is read again, and on it goes). Thread: one call at a time for a model.
#pragma once

#include "core/base/progress.h"
#include "core/generate/sampler.h"
#include "core/network/model.h"
#include "core/tokenizer/tokenizer.h"

#include <QStringList>

#include <functional>
#include <vector>

namespace athanor::generate {

struct GenerationRequest {
    QByteArray prompt;        // UTF-8; empty: begins a document
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
    double tokensPerSecond = 0;      // after the first token
    double firstTokenSeconds = 0;
    QString stoppedBecause;          // "length", "end" (end of document), "stop" (a stop text), "request"
};

/// Called after every token; the cancel token is asked before every one.
using TokenCallback = std::function<void(const TokenReport &)>;

/// From a job's or a client's JSON: prompt, maxTokens, temperature, topK, topP, seed, stop. InvalidInput names the
/// key, the value and the limits; what is missing keeps its default.
ATHANOR_EXPORT Result<GenerationRequest> requestFromJson(const QJsonObject &object);

class ATHANOR_EXPORT Generator {
public:
    /// All must outlive the generator.
    Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler);
    Result<GenerationResult> run(const GenerationRequest &request, const TokenCallback &onToken,
                                 const CancelToken &cancel);

private:
    std::vector<qint64> promptIds(const GenerationRequest &request) const;
    Result<torch::Tensor> prefill(const std::vector<qint64> &ids, network::Cache &cache);
    Result<torch::Tensor> advance(std::vector<qint64> &ids, network::Cache &cache);
    TokenReport report(std::span<const float> probabilities, qint64 id) const;

    network::Model *m_model;
    const tokenizer::Tokenizer *m_tokenizer;
    const Sampler *m_sampler;
};

}  // namespace athanor::generate
