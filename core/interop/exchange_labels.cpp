// See exchange_labels.h.
#include "core/interop/exchange_labels.h"

#include "core/model/label_head.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QLocale>

#include <cmath>

namespace athanor::interop {
namespace {

constexpr qint64 kMostLabels = 100000;
constexpr qsizetype kLongestLabel = 1000;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// One classification by one winner: what "the label of a text" means here.
Status checkProblem(const QString &problem, qint64 count)
{
    if (problem == QLatin1String("regression") || count == 1)
        return fail(ErrorCode::Unsupported, tr("The model gives one number for a text (regression), not labels."),
                    tr("Models that sort texts by two or more labels can be brought in."));
    if (problem == QLatin1String("multi_label_classification"))
        return fail(ErrorCode::Unsupported, tr("The model judges each label on its own, so that a text may have several (multi-label)."),
                    tr("Models that choose one label for a text can be brought in."));
    return {};
}

// Whole numbers as they are, others with all that tells them apart.
QString nameOf(const QJsonValue &value)
{
    const double number = value.toDouble();
    if (!value.isDouble())
        return value.toString();
    return std::trunc(number) == number && std::abs(number) < 1e15 ? QString::number(qint64(number)) : QString::number(number, 'g', QLocale::FloatingPointShortest);
}

}  // namespace

qint64 rowsOfScores(const QJsonObject &exchange, const TensorRows &tensors)
{
    const QString scores = QLatin1String(model::kLabelLayer) + QStringLiteral(".weight");
    for (const QJsonValue &value : exchange.value(QLatin1String("weights")).toArray())
        if (value.toObject().value(QLatin1String("ours")) == scores)
            return tensors.value(value.toObject().value(QLatin1String("huggingface")).toArray().at(0).toString(), 0);
    return 0;
}

Result<QStringList> labelsOfConfig(const QJsonObject &config, qint64 count)
{
    const QJsonValue given = config.value(QLatin1String("id2label"));
    if (!given.isUndefined() && !given.isNull() && !given.isObject())
        return fail(ErrorCode::Corrupt, tr("“id2label” of the config is no table of names."), tr("Write a name for each number there."));
    const QJsonObject names = given.toObject();
    if (count == 0)
        count = names.isEmpty() ? config.value(QLatin1String("num_labels")).toInteger(2) : names.size();
    if (count < 1 || count > kMostLabels)
        return fail(ErrorCode::Corrupt, tr("A model with %1 labels cannot be used.").arg(count));
    ATHANOR_TRY(checkProblem(config.value(QLatin1String("problem_type")).toString(), count));
    if (!names.isEmpty() && names.size() != count)
        return fail(ErrorCode::Corrupt, tr("The config names %1 labels (“id2label”), and the model scores %2.").arg(names.size()).arg(count),
                    tr("The config and the weights do not belong together."));
    QStringList labels;
    for (qint64 index = 0; index < count; ++index) {
        const QString key = QString::number(index);
        const QJsonValue name = names.isEmpty() ? QJsonValue(QStringLiteral("LABEL_") + key) : names.value(key);
        const QString text = nameOf(name);
        if (text.isEmpty() || text.size() > kLongestLabel)
            return fail(ErrorCode::Corrupt, tr("Label %1 has no name in “id2label” that can be used.").arg(index),
                        tr("Write a name for each number from 0 to %1 there.").arg(count - 1));
        labels += text;
    }
    return labels;
}

}  // namespace athanor::interop
