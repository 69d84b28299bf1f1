// See peft_head.h. Letters: K labels.
#include "core/adapt/peft_head.h"

#include "core/base/atomic_file.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::adapt {

namespace {

constexpr qint64 kMostLabels = 100000;

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

const network::NamedParameter *parameterOf(const network::Model &model, const QString &name)
{
    for (const network::NamedParameter &parameter : model.parameters())
        if (parameter.name == name.toStdString())
            return &parameter;
    return nullptr;
}

// The file that we write beside an adapter; others may have one of that name too, which says something else.
Result<QStringList> namesBeside(const QString &folder, qint64 count)
{
    const QString path = folder + QLatin1String(kLabelNames);
    if (!QFileInfo::exists(path))
        return QStringList();
    const auto file = readJsonFile(path);
    if (!file || !file->contains(QLatin1String("format")) || !file->value(QLatin1String("labels")).isArray())
        return QStringList();
    QStringList names;
    for (const QJsonValue &name : file->value(QLatin1String("labels")).toArray())
        if (!name.toString().isEmpty())
            names += name.toString();
    if (names.size() != count)
        return fail(ErrorCode::Corrupt, tr("“%1” names %2 labels, and the adapter has scores for %3.").arg(path).arg(names.size()).arg(count),
                    tr("Remove the file to call them by their numbers, or write all names in the order of the scores."));
    return names;
}

}  // namespace

Result<torch::Tensor> readTensor(const interop::WeightSource &file, const interop::WeightEntry &entry)
{
    torch::Tensor values;
    ATHANOR_TRY(tensor::guarded(tr("reading the weights “%1”").arg(entry.name), [&] {
        values = torch::empty(std::vector<int64_t>(entry.shape.begin(), entry.shape.end()), torch::kFloat);
    }));
    ATHANOR_TRY(file.readF32(entry, 0, entry.elementCount, values.data_ptr<float>()));
    return values;
}

Status readPeftHead(const interop::WeightSource &file, const FamilyHead &head, const network::Model &model, QSet<QString> &used)
{
    for (const auto &[ours, theirs] : head.tensors) {
        const interop::WeightEntry *entry = file.find(QLatin1String(kPeftPrefix) + theirs);
        const network::NamedParameter *parameter = parameterOf(model, ours);
        if (!entry || !parameter)
            continue;
        ATHANOR_ASSIGN(const torch::Tensor values, readTensor(file, *entry));
        if (values.sizes() != parameter->value.sizes())
            return fail(ErrorCode::Corrupt, tr("“%1” of the adapter does not fit the model's head for %2 labels.").arg(theirs).arg(model::labelsOf(model.architecture()).size()),
                        tr("The adapter belongs to another model."));
        ATHANOR_TRY(tensor::guarded(tr("copying a head"), [&] {
            torch::NoGradGuard noGradients;
            parameter->value.detach().copy_(values);
        }));
        used.insert(entry->name);
    }
    return {};
}

Result<std::vector<std::pair<QString, torch::Tensor>>> peftHead(const FamilyHead &head, const network::Model &model)
{
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    const QStringList layers = model::labelHeadLayers(model.architecture());
    for (const network::NamedParameter &parameter : model.parameters()) {
        const QString name = QString::fromStdString(parameter.name);
        if (!layers.contains(name.section(QLatin1Char('.'), 0, 0)))
            continue;
        const auto found = std::find_if(head.tensors.begin(), head.tensors.end(), [&](const auto &pair) { return pair.first == name; });
        if (found == head.tensors.end())
            return fail(ErrorCode::Unsupported, tr("The head for labels has no name in the Hugging Face format of this family."),
                        tr("Such an adapter can be used here only."));
        tensors.emplace_back(QLatin1String(kPeftPrefix) + found->second, parameter.value);
    }
    if (tensors.size() != head.tensors.size())
        return fail(ErrorCode::Unsupported, tr("The model's head for labels is not the one that transformers has for this family."),
                    tr("Teach the labels once more: a new run makes the family's own head."));
    return tensors;
}

Result<QStringList> labelsOfPeft(const plugin::Catalogue &plugins, const QString &folder, const interop::WeightSource &file,
                                 const QJsonObject &architecture)
{
    // Their names do not depend on how many labels there are.
    const auto labelled = model::withLabelHead(architecture, {QStringLiteral("0"), QStringLiteral("1")});
    if (!labelled)
        return QStringList();
    ATHANOR_ASSIGN(const FamilyHead head, familyLabelHead(plugins, *labelled));
    const interop::WeightEntry *scores = nullptr;
    for (const auto &[ours, theirs] : head.tensors)
        if (ours == QLatin1String(model::kLabelLayer) + QLatin1String(".weight"))
            scores = file.find(QLatin1String(kPeftPrefix) + theirs);
    if (!scores)
        return QStringList();
    const qint64 count = scores->shape.empty() ? 0 : scores->shape[0];
    if (count < 2 || count > kMostLabels)
        return fail(ErrorCode::Unsupported, tr("The adapter gives %1 scores for a text, which are no labels.").arg(count),
                    tr("Adapters that choose among two or more labels can be brought in."));
    ATHANOR_ASSIGN(QStringList names, namesBeside(folder, count));
    if (names.isEmpty() && model::labelsOf(architecture).size() == count)
        names = model::labelsOf(architecture);
    for (qint64 index = names.size(); index < count; ++index)
        names += QStringLiteral("LABEL_%1").arg(index);
    return names;
}

}  // namespace athanor::adapt
