// Removes documents written mostly in capital letters. Role: the logic of a filter, without the loader.
// Letters without case (Chinese, Arabic …) do not count. Cost: one pass over the text. Thread: safe.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::filter {

struct CapitalShare {
    qint64 letters = 0;   // that have a case
    qint64 capitals = 0;
    double value() const { return letters ? double(capitals) / double(letters) : 0.0; }
};

/// Invalid UTF-8 counts as no letter.
CapitalShare capitalShare(const QByteArray &text);

class CapitalsRun final : public corpus::FilterRun {
public:
    CapitalsRun(double mostShare, qint64 leastLetters) : m_mostShare(mostShare), m_leastLetters(leastLetters) {}
    /// Texts with too few letters have no share.
    corpus::Signals measure(const corpus::DocumentView &document) const override;
    corpus::Judgement judge(const corpus::Signals &measured, const corpus::Signals &facts) const override;

private:
    double m_mostShare;
    qint64 m_leastLetters;
};

/// `settings` have been validated against plugin.json and completed by its defaults.
Result<std::unique_ptr<corpus::FilterRun>> startCapitals(const QJsonObject &settings);

}  // namespace athanor::filter
