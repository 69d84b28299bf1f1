// Which files of a repository a model needs.
#include "core/fetch/offer.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace athanor::fetch {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isCompanion(const QString &name)
{
    static const QStringList names{
        QStringLiteral("config.json"), QStringLiteral("generation_config.json"), QStringLiteral("tokenizer.json"),
        QStringLiteral("tokenizer_config.json"), QStringLiteral("special_tokens_map.json"), QStringLiteral("added_tokens.json"),
        QStringLiteral("vocab.json"), QStringLiteral("vocab.txt"), QStringLiteral("merges.txt"), QStringLiteral("tokenizer.model"),
        QStringLiteral("spiece.model"), QStringLiteral("sentencepiece.bpe.model"), QStringLiteral("chat_template.jinja"),
        QStringLiteral("chat_template.json"), QStringLiteral("LICENSE"), QStringLiteral("LICENSE.txt"), QStringLiteral("LICENSE.md"),
        QStringLiteral("README.md")};
    static const QRegularExpression extra(QStringLiteral("^additional_chat_templates/[A-Za-z0-9._-]+\\.jinja$"));
    return names.contains(name) || extra.match(name).hasMatch();
}

QList<RemoteFile> matching(const QList<RemoteFile> &all, const QString &pattern)
{
    const QRegularExpression form(QRegularExpression::anchoredPattern(pattern));
    QList<RemoteFile> found;
    for (const RemoteFile &file : all)
        if (form.match(file.name).hasMatch())
            found += file;
    return found;
}

// One whole file, or the shards with their index.
QList<RemoteFile> weights(const QList<RemoteFile> &all, const QString &stem, const QString &ending)
{
    const QList<RemoteFile> whole = matching(all, stem + QLatin1String("\\.") + ending);
    if (!whole.isEmpty())
        return whole;
    const QList<RemoteFile> index = matching(all, stem + QLatin1String("\\.") + ending + QLatin1String("\\.index\\.json"));
    const QList<RemoteFile> shards = matching(all, stem + QLatin1String("-\\d{5}-of-\\d{5}\\.") + ending);
    return index.isEmpty() || shards.isEmpty() ? QList<RemoteFile>() : index + shards;
}

Result<Selection> chooseGguf(const QList<RemoteFile> &files, const QString &wanted)
{
    if (files.size() == 1 && wanted.isEmpty())
        return Selection{QStringLiteral("gguf"), files, {}};
    for (const RemoteFile &file : files)
        if (file.name == wanted)
            return Selection{QStringLiteral("gguf"), {file}, {}};
    if (wanted.isEmpty())
        return Selection{QStringLiteral("gguf"), {}, files};
    QStringList names;
    for (const RemoteFile &file : files)
        names += file.name;
    return fail(ErrorCode::NotFound, tr("The repository has no file “%1”.").arg(wanted), tr("It has: %1.").arg(names.join(QStringLiteral(", "))));
}

// As core/interop says of a folder, before anything is downloaded.
Status checkTokenizer(const QList<RemoteFile> &all)
{
    const auto has = [&](const char *name) { return std::any_of(all.begin(), all.end(), [&](const RemoteFile &file) { return file.name == QLatin1String(name); }); };
    if (!has("source.spm") || has("tokenizer.json") || has("tokenizer.model") || has("spiece.model"))
        return {};
    return fail(ErrorCode::Unsupported, tr("The tokenizer of this model is of Marian's kind (source.spm, target.spm and vocab.json), which Athanor does not read."),
                tr("Choose a model with tokenizer.json or one SentencePiece model, such as T5 for translating."));
}

// What PEFT keeps, and the tokenizer that may stand beside it; a trainer's config.json is no model.
QList<RemoteFile> adapterFiles(const QList<RemoteFile> &all, const QList<RemoteFile> &companions)
{
    const QList<RemoteFile> configuration = matching(all, QStringLiteral("adapter_config\\.json"));
    QList<RemoteFile> weights = matching(all, QStringLiteral("adapter_model\\.safetensors"));
    if (weights.isEmpty())
        weights = matching(all, QStringLiteral("adapter_model\\.bin"));
    if (configuration.isEmpty() || weights.isEmpty())
        return {};
    QList<RemoteFile> files = configuration + weights + matching(all, QStringLiteral("labels\\.json"));
    for (const RemoteFile &file : companions)
        if (file.name != QLatin1String("config.json"))
            files += file;
    return files;
}

}  // namespace

qint64 Offer::bytes() const
{
    qint64 sum = 0;
    for (const RemoteFile &file : files)
        sum += std::max<qint64>(0, file.bytes);
    return sum;
}

Result<Selection> selectFiles(const QList<RemoteFile> &all, const QString &wanted)
{
    const QList<RemoteFile> gguf = matching(all, QStringLiteral("[^/]+\\.gguf"));
    if (!wanted.isEmpty())
        return chooseGguf(gguf, wanted);
    QList<RemoteFile> companions;
    for (const RemoteFile &file : all)
        if (isCompanion(file.name))
            companions += file;
    const bool hasConfiguration = std::any_of(companions.begin(), companions.end(), [](const RemoteFile &file) { return file.name == QLatin1String("config.json"); });
    if (hasConfiguration) {
        ATHANOR_TRY(checkTokenizer(all));
        if (const auto found = weights(all, QStringLiteral("model"), QStringLiteral("safetensors")); !found.isEmpty())
            return Selection{QStringLiteral("huggingface"), companions + found, {}};
        if (const auto found = weights(all, QStringLiteral("pytorch_model"), QStringLiteral("bin")); !found.isEmpty())
            return Selection{QStringLiteral("pytorch"), companions + found, {}};
    }
    if (!gguf.isEmpty())  // a whole model, where a LoRA stands beside it
        return chooseGguf(gguf, {});
    if (const auto found = adapterFiles(all, companions); !found.isEmpty())
        return Selection{QStringLiteral("adapter"), found, {}};
    return fail(ErrorCode::NotFound, tr("The repository holds no model that Athanor reads."),
                tr("It needs config.json and weights (model.safetensors or pytorch_model.bin), a GGUF file, or an adapter of PEFT."));
}

// Of a GGUF file whose weights nobody counted: by the bits that its name says; without any, as many as 4 bits make.
qint64 parametersOf(const Offer &offer)
{
    if (offer.parameters > 0 || offer.files.isEmpty())
        return offer.parameters;
    const QString name = offer.files.first().name.toLower();
    if (!name.endsWith(QLatin1String(".gguf")))
        return 0;
    static const QRegularExpression bits(QStringLiteral("q(\\d)(?=[^a-z0-9]|$)"));
    static const QRegularExpression sixteen(QStringLiteral("f16|fp16"));
    const auto found = bits.match(name);
    const double perWeight = found.hasMatch()                  ? found.captured(1).toDouble() + 0.5  // and the scales of the blocks
                             : sixteen.match(name).hasMatch()  ? 16
                             : name.contains(QLatin1String("f32")) ? 32
                                                                   : 4.5;
    return qint64(double(offer.bytes()) * 8 / perWeight);
}

Fit fitOf(const Offer &offer, qint64 freeDiskBytes, qint64 memoryBytes)
{
    Fit fit{false, {}, freeDiskBytes, memoryBytes};
    if (!offer.choices.isEmpty()) {
        fit.text = tr("several files: one must be chosen");
        return fit;
    }
    const bool isKnown = std::all_of(offer.files.begin(), offer.files.end(), [](const RemoteFile &file) { return file.bytes >= 0; });
    const qint64 bytes = offer.bytes();
    const qint64 parameters = parametersOf(offer);
    const qint64 onDisk = bytes + std::max(bytes, 2 * parameters);  // the download, and the model made from it
    const qint64 inMemory = parameters > 0 ? 4 * parameters : bytes;  // as 32-bit numbers
    const bool hasRoom = freeDiskBytes < 0 || onDisk <= freeDiskBytes;
    const bool hasMemory = inMemory <= memoryBytes;
    fit.fits = isKnown && hasRoom && hasMemory;
    if (!isKnown)
        fit.text = tr("the server does not say how large it is");
    else if (!hasRoom)
        fit.text = tr("%1 to download; does not fit on the disk: it needs %2, %3 are free").arg(formatBytes(bytes), formatBytes(onDisk), formatBytes(freeDiskBytes));
    else if (!hasMemory)
        fit.text = tr("%1 to download; fits on the disk, but not in memory: it needs %2, this machine has %3").arg(formatBytes(bytes), formatBytes(inMemory), formatBytes(memoryBytes));
    else
        fit.text = tr("%1 to download; fits on the disk and in memory").arg(formatBytes(bytes));
    return fit;
}

}  // namespace athanor::fetch
