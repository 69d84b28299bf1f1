// The normalizers of a tokenizer.json: text rewritten before it is cut. Bytes that are no UTF-8 are kept.
// Thread: const after construction, safe from many threads.
#pragma once

#include "core/base/error.h"

#include <QJsonValue>

#include <memory>
#include <vector>

namespace athanor::tokenizer {

class NormalizerStep {
public:
    virtual ~NormalizerStep() = default;
    virtual void apply(QByteArray &text) const = 0;
};

class JsonNormalizer {
public:
    /// Errors: Corrupt, Unsupported with the name of what is unknown.
    static Result<JsonNormalizer> create(const QJsonValue &json);
    bool isIdentity() const { return m_steps.empty(); }
    void apply(QByteArray &text) const
    {
        for (const auto &step : m_steps)
            step->apply(text);
    }

private:
    std::vector<std::shared_ptr<const NormalizerStep>> m_steps;
};

/// The "Precompiled" normalizer: SentencePiece's rules as `tokenizers` applies them. In a file of its own.
Result<std::shared_ptr<const NormalizerStep>> makePrecompiled(const QByteArray &map);

}  // namespace athanor::tokenizer
