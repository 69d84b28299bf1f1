// One text through one filter with the defaults of its plugin.json. Thread: one.
#pragma once

#include "core/base/atomic_file.h"
#include "core/corpus/steps.h"
#include "core/plugin/metadata.h"

namespace athanor::test {

struct Judged : corpus::Judgement {
    corpus::Signals measured;
};

inline Judged judge(const corpus::Filter &filter, const char *name, const QByteArray &text, const QJsonObject &settings = {},
                               const QString &language = QStringLiteral("en"), const QMap<QString, double> &facts = {})
{
    const QString file = QStringLiteral(ATHANOR_SOURCE_DIR "/plugins/filter/%1/plugin.json").arg(QLatin1String(name));
    const auto metadata = plugin::metadataFromJson(readJsonFile(file).value_or(QJsonObject()), file);
    const auto completed = metadata ? metadata->parameters.validate(settings) : fail(metadata.error());
    const auto run = completed ? filter.start(*completed) : fail(completed.error());
    if (!run)
        return {{false, QStringLiteral("ERROR"), run.error().message, {}}, {}};
    const corpus::Signals measured = (*run)->measure(corpus::DocumentView{0, text, 0, {}, language, &facts});
    return {(*run)->judge(measured, facts), measured};
}

}  // namespace athanor::test
