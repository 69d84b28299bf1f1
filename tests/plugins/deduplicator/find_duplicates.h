// All texts through one deduplicator. Thread: one.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::test {

inline std::vector<corpus::Duplicate> findDuplicates(const corpus::Deduplicator &method, const QList<QByteArray> &texts, const QJsonObject &settings = {})
{
    auto run = method.start(settings, texts.size());
    if (!run)
        return {};
    const QMap<QString, double> facts;
    for (qsizetype i = texts.size() - 1; i >= 0; --i)  // the order of showing must not matter
        if (!texts[i].isNull())
            (*run)->observe(corpus::DocumentView{i, texts[i], 0, {}, {}, &facts});
    return (*run)->duplicates();
}

}  // namespace athanor::test
