// The decoders of a tokenizer.json: tokens back to text. Thread: const after construction, safe from many threads.
#pragma once

#include "core/base/error.h"

#include <QJsonValue>

#include <functional>
#include <vector>

namespace athanor::tokenizer {

class JsonDecoder {
public:
    /// Errors: Corrupt, Unsupported with the name of what is unknown.
    static Result<JsonDecoder> create(const QJsonValue &json);
    bool isByteLevel() const { return m_isByteLevel; }
    bool onlyJoins() const { return m_onlyJoins; }  // pieces as they are, and bytes by their names
    QByteArray decode(std::vector<QByteArray> tokens) const;

private:
    using Step = std::function<void(std::vector<QByteArray> &)>;
    static Result<Step> makeStep(const QJsonValue &json);
    std::vector<Step> m_steps;
    bool m_isByteLevel = false;
    bool m_onlyJoins = false;
    bool m_isNone = false;
};

}  // namespace athanor::tokenizer
