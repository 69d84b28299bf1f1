#include "ui/pages/architecture/model_preview.h"

#include "core/base/format.h"

#include <QCoreApplication>

namespace athanor::pages {

namespace {

constexpr double kBesidesWeights = 1.15;  // activations at a small batch, buffers, the program itself

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString known(qint64 number, QString (*words)(qint64))
{
    return number > 0 ? words(number) : tr("not said");
}

QString countWords(qint64 number) { return formatCount(double(number)); }

void add(ModelPreview &preview, const QString &key, const QString &value, const QString &term, style::Tone tone = style::Tone::Neutral)
{
    preview.rows += PreviewRow{key, value, term, tone};
}

void addFit(ModelPreview &preview, const QString &key, qint64 needed, qint64 memory, const QString &term)
{
    const bool fits = needed <= memory;
    add(preview, key, fits ? tr("fits, %1 of %2").arg(formatMemory(needed), formatMemory(memory))
                           : tr("does not fit: needs %1 of %2").arg(formatMemory(needed), formatMemory(memory)),
        term, fits ? style::Tone::Good : style::Tone::Attention);
}

void addNeeds(ModelPreview &preview, qint64 parameters, qint64 memory)
{
    if (parameters <= 0 || memory <= 0)
        return;
    const ModelNeeds needs = needsOf(parameters);
    addFit(preview, tr("To generate"), needs.generate, memory, tr("Weights in 32 bits, and room for the computation; in 8 bits a quarter of it"));
    addFit(preview, tr("To teach an adapter"), needs.trainAdapter, memory, tr("LoRA: the weights rest, only a small addition learns"));
    addFit(preview, tr("To teach all of it"), needs.trainAll, memory, tr("Full fine-tuning: weights, gradients and the optimizer's two moments in 32 bits"));
    if (needs.generate > memory)
        preview.remarks += HintLine{style::Tone::Bad, tr("This model is too large for this machine, even to generate with."), {}, {}};
    else if (needs.trainAdapter > memory)
        preview.remarks += HintLine{style::Tone::Attention, tr("It can be used here, but not taught: that needs more memory."), {}, {}};
    else if (needs.trainAll > memory)
        preview.remarks += HintLine{style::Tone::Attention, tr("Teach it with an adapter: all weights at once do not fit in memory."), {}, {}};
}

void addLicence(ModelPreview &preview, const QString &licence)
{
    preview.licence = licence;
    add(preview, tr("Licence"), licence.isEmpty() ? tr("not said") : licence, tr("What its makers allow you to do with it"),
        licence.isEmpty() ? style::Tone::Attention : style::Tone::Neutral);
    if (licence.isEmpty())
        preview.remarks += HintLine{style::Tone::Attention, tr("The model does not say under which licence it stands. Look where it comes from before you hand on what you make of it."), {}, {}};
}

QString kindWords(const QString &kind)
{
    if (kind == QLatin1String("gguf"))
        return tr("GGUF file");
    if (kind == QLatin1String("pytorch"))
        return tr("folder with PyTorch weights");
    if (kind == QLatin1String("adapter"))
        return tr("adapter of PEFT");
    return kind == QLatin1String("athanor") ? tr("model of Athanor") : tr("Hugging Face folder");
}

QString labelWords(const QStringList &labels)
{
    constexpr qsizetype kShown = 5;
    const QString some = labels.mid(0, kShown).join(QStringLiteral(", "));
    return labels.size() > kShown ? tr("%1 labels: %2 …").arg(labels.size()).arg(some) : some;
}

void describeAdapter(ModelPreview &preview, const workbench::ModelInspection &model)
{
    preview.title = tr("%1 · adapter").arg(model.name);
    preview.sentence = tr("A small change (LoRA) to a model that lies elsewhere. It comes in on the model that it was made for.");
    preview.standsOnAnother = true;
    add(preview, tr("Made for"), model.base.isEmpty() ? tr("not said") : model.base, tr("The base model, as the adapter names it"));
    add(preview, tr("Parameters"), known(model.parameters, countWords), tr("Numbers that the adapter has learnt"));
    add(preview, tr("Size on disk"), known(model.bytes, formatBytes), tr("Folder of PEFT"));
}

}  // namespace

ModelNeeds needsOf(qint64 parameters)
{
    const auto bytes = [parameters](double each) { return qint64(double(parameters) * each * kBesidesWeights); };
    return {bytes(16), bytes(4.5), bytes(4)};
}

ModelPreview previewOf(const workbench::ModelInspection &model, const plugin::Catalogue &plugins, const MachineFacts &machine)
{
    ModelPreview preview;
    preview.canBringIn = model.isReadable;
    preview.reason = model.reason;
    preview.hint = model.hint;
    preview.proposedName = model.name;
    preview.title = model.familyTitle.isEmpty() ? model.name : QStringLiteral("%1 · %2").arg(model.name, model.familyTitle);
    if (const plugin::Metadata *family = plugins.find(model.family))
        preview.sentence = family->summary;
    if (!model.isReadable)
        return preview;
    if (model.kind == QLatin1String("adapter")) {
        describeAdapter(preview, model);
        return preview;
    }
    add(preview, tr("Parameters"), known(model.parameters, countWords), tr("Numbers that the model has learnt"));
    add(preview, tr("Context"), model.context > 0 ? tr("%1 tokens").arg(formatInteger(model.context)) : tr("not said"), tr("Sequence length: tokens that it sees at once"));
    add(preview, tr("Vocabulary"), model.vocabulary > 0 ? tr("%1 pieces").arg(formatInteger(model.vocabulary)) : tr("not said"), tr("Tokens that it knows"));
    add(preview, tr("Tokenizer"), model.tokenizerType.isEmpty() ? tr("none") : model.tokenizerType, tr("What cuts text into tokens"),
        model.tokenizerType.isEmpty() ? style::Tone::Attention : style::Tone::Neutral);
    if (model.labels.isEmpty())
        add(preview, tr("Chat template"), model.hasChatTemplate ? tr("yes: it was taught to answer") : tr("no: it continues text"), tr("How a conversation is written down for this model"));
    else
        add(preview, tr("Labels"), labelWords(model.labels), tr("Classification: what it says about a text. All of them: %1").arg(model.labels.mid(0, 50).join(QStringLiteral(", "))));
    addLicence(preview, model.licence);
    const QString size = known(model.bytes, formatBytes);
    add(preview, tr("Size on disk"), model.storedAs.isEmpty() ? size : tr("%1, as %2").arg(size, model.storedAs), kindWords(model.kind));
    addNeeds(preview, model.parameters, machine.memoryBytes);
    for (const QString &warning : model.warnings)
        preview.remarks += HintLine{style::Tone::Attention, warning, {}, {}};
    return preview;
}

ModelPreview previewOf(const workbench::ModelOffer &offer, const MachineFacts &machine)
{
    ModelPreview preview;
    preview.title = offer.repository.isEmpty() ? offer.address : offer.repository;
    preview.sentence = tr("What the server says. The rest is known once it is here.");
    preview.proposedName = workbench::Workbench::suggestedModelName(offer.repository.isEmpty() ? offer.address : offer.repository);
    preview.choices = offer.choices;
    preview.canBringIn = offer.choices.isEmpty() && offer.fits;
    if (!offer.choices.isEmpty()) {
        preview.reason = tr("It is there in %1 variants.").arg(offer.choices.size());
        preview.hint = tr("Choose one of them: smaller ones are less exact.");
    } else if (!offer.fits) {
        preview.reason = offer.fitsText.isEmpty() ? tr("It does not fit on this machine.") : offer.fitsText;
        preview.hint = tr("Free space on the disk, or choose a smaller model.");
    }
    if (offer.parameters > 0)
        add(preview, tr("Parameters"), formatCount(double(offer.parameters)), tr("Numbers that the model has learnt"));
    add(preview, tr("Format"), kindWords(offer.format), tr("How its files are written"));
    if (offer.format == QLatin1String("adapter")) {
        preview.title = tr("%1 · adapter").arg(preview.title);
        preview.sentence = tr("A small change (LoRA) to a model that lies elsewhere. It comes in on the model that it was made for.");
        preview.standsOnAnother = true;
        add(preview, tr("Made for"), offer.base.isEmpty() ? tr("not said") : offer.base, tr("The base model, as the adapter names it"));
    }
    add(preview, tr("To download"), offer.bytes > 0 ? tr("%1 in %2 files").arg(formatBytes(offer.bytes)).arg(offer.files.size()) : tr("not said"), tr("Each file is checked against its hash; a download that was cut goes on where it stopped"));
    if (!offer.revision.isEmpty())
        add(preview, tr("Version"), offer.revision.left(12), tr("Commit %1").arg(offer.revision));
    addLicence(preview, offer.licence);
    if (!offer.fitsText.isEmpty())
        add(preview, tr("Fits here"), offer.fits ? tr("yes") : tr("no"), offer.fitsText, offer.fits ? style::Tone::Good : style::Tone::Bad);
    addNeeds(preview, offer.parameters, offer.memoryBytes > 0 ? offer.memoryBytes : machine.memoryBytes);
    return preview;
}

}  // namespace athanor::pages
