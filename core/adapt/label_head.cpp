// See label_head.h.
#include "core/adapt/label_head.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

bool isHead(const QJsonObject &entry)
{
    return entry.contains(QLatin1String("head")) || entry.value(QLatin1String("layer")) == QLatin1String("layer.head");
}

bool isLabelHead(const QJsonObject &entry) { return entry.value(QLatin1String("head")) == QLatin1String("labels"); }

// An attention that does not look back only: the model reads both ways.
bool readsBothWays(const QJsonValue &value)
{
    if (value.isArray()) {
        for (const QJsonValue &entry : value.toArray())
            if (readsBothWays(entry))
                return true;
        return false;
    }
    const QJsonObject entry = value.toObject();
    if (entry.value(QLatin1String("layer")) == QLatin1String("layer.attention"))
        return !entry.value(QLatin1String("parameters")).toObject().value(QLatin1String("causal")).toBool(true);
    for (const char *key : {"layers", "residual", "parallel"})
        if (entry.contains(QLatin1String(key)) && readsBothWays(entry.value(QLatin1String(key))))
            return true;
    return false;
}

// Without a bias on the last token, as the families that read forwards have it.
QJsonObject dense(const QStringList &labels, const QString &pool)
{
    return {{QStringLiteral("layer"), QStringLiteral("layer.dense")},
            {QStringLiteral("name"), QLatin1String(kLabelLayer)},
            {QStringLiteral("parameters"), QJsonObject{{QStringLiteral("outputs"), labels.size()},
                                                       {QStringLiteral("pool"), pool},
                                                       {QStringLiteral("bias"), pool != QLatin1String("last")}}}};
}

// What stands before the scores of an earlier head for labels (a pooler, which gives no scores itself); nothing where
// there is none.
QJsonArray beforeScores(const QJsonArray &layers)
{
    for (const QJsonValue &value : layers) {
        if (!isLabelHead(value.toObject()))
            continue;
        QJsonArray kept = value.toObject().value(QLatin1String("layers")).toArray();
        const QJsonObject last = kept.last().toObject().value(QLatin1String("parameters")).toObject();
        if (last.value(QLatin1String("outputs")).toInteger() > 0)
            kept.removeLast();
        return kept;
    }
    return {};
}

}  // namespace

Result<QJsonObject> withLabelHead(const QJsonObject &architecture, const QStringList &labels)
{
    if (labels.size() < 2)
        return fail(ErrorCode::InvalidInput, tr("Sorting texts needs at least two labels; the records have %1.").arg(labels.size()),
                    tr("Choose another column for the label."));
    if (!architecture.value(QLatin1String("encoder")).toObject().isEmpty())
        return fail(ErrorCode::InvalidInput, tr("A model with an encoder and a decoder cannot sort texts."),
                    tr("Choose a model that only reads (BERT) or only writes (LLaMA, GPT-2)."));
    const QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    QJsonArray head = beforeScores(layers);
    const QString pool = !head.isEmpty()          ? QStringLiteral("none")
                         : readsBothWays(layers) ? QStringLiteral("first")
                                                 : QStringLiteral("last");
    head.append(dense(labels, pool));
    QJsonArray changed;
    for (const QJsonValue &value : layers)
        if (!isHead(value.toObject()))
            changed.append(value);
    changed.append(QJsonObject{{QStringLiteral("head"), QStringLiteral("labels")}, {QStringLiteral("layers"), head}});
    QJsonObject result = architecture;
    result[QStringLiteral("layers")] = changed;
    result[QStringLiteral("labels")] = QJsonArray::fromStringList(labels);
    return result;
}

}  // namespace athanor::adapt
