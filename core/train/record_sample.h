// What a model writes while it learns. Role: how samples are drawn, and the sample of a run on records: the beginning of a
// held-out record up to its first learned token, exactly as the model sees it, and what the model writes then. Thread: one.
#pragma once

#include "core/generate/sampler.h"
#include "core/network/model.h"
#include "core/tokenizer/tokenizer.h"
#include "core/train/run_inputs.h"

namespace athanor::train {

struct RecordPrompt {
    std::vector<qint64> ids;
    QString text;  // as decoded, marks of the template included
};

/// Of the first record that has something before its first learned token; empty where there is none.
RecordPrompt recordPrompt(const adapt::Records &records, const tokenizer::Tokenizer &tokenizer);

/// How a run's samples are drawn, texts and answers alike: varied, without what is hardly likely. Temperature, top-k (no
/// limit), top-p.
inline constexpr generate::SamplingSettings kSampleSampling{0.8, 0, 0.95};

struct AnswerSettings {
    int maxTokens = 64;
    generate::SamplingSettings sampling = kSampleSampling;
    quint64 seed = 1;
    qint64 decoderStart = -1;  // of a model with an encoder: it reads the ids, and the answer begins with this
};
/// What the model writes after `ids`, until the end of a turn or `maxTokens`; the oldest ids go where they do not fit.
Result<QString> answerTo(const std::vector<qint64> &ids, network::Model &model, const tokenizer::Tokenizer &tokenizer,
                         const generate::Sampler &sampler, const AnswerSettings &settings);

}  // namespace athanor::train
