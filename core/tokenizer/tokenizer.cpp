// Role: the Tokenizer read from a SentencePiece .model file: normalise, encode, decode, describe. Thread: const after
// construction, safe from many threads.
#include "core/tokenizer/tokenizer.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/tokenizer/bpe_encoder.h"
#include "core/tokenizer/huggingface_tokenizer.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/unigram_encoder.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>

namespace athanor::tokenizer {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// Every byte comes back: nothing is rewritten before, and whatever has no piece falls back to bytes. A literal U+2581
// would come back as a space; in such models it goes through bytes, too.
bool isLosslessModel(const SentencePieceModel &model)
{
    const NormalizerSettings &normalizer = model.normalizer;
    return model.byteFallback && normalizer.characterMap.isEmpty() && !normalizer.addDummyPrefix
           && !normalizer.removeExtraWhitespaces && normalizer.escapeWhitespaces
           && model.denormalizer.characterMap.isEmpty();
}

// "</s>" as the model names it, or a mark of the same meaning.
TokenId findEnd(const SentencePieceModel &model)
{
    for (const QByteArray &name : {model.endPiece, QByteArray("</s>"), QByteArray("<|endoftext|>"),
                                   QByteArray("<|end_of_text|>"), QByteArray("<eos>"), model.beginPiece})
        for (size_t id = 0; id < model.pieces.size(); ++id)
            if (model.pieces[id].text == name && model.pieces[id].type != PieceType::Normal
                && model.pieces[id].type != PieceType::Unused && model.pieces[id].type != PieceType::Byte)
                return static_cast<TokenId>(id);
    return -1;
}

QByteArray surfaceOf(const Piece &piece, const SentencePieceModel &model)
{
    switch (piece.type) {
    case PieceType::Control:
        return {};
    case PieceType::Unknown:
        return model.unknownSurface;
    case PieceType::Byte:
        return QByteArray(1, static_cast<char>(byteOfPiece(piece.text)));
    default:
        return QByteArray(piece.text).replace("\xE2\x96\x81", " ");
    }
}

class SentencePieceTokenizer final : public Tokenizer {
public:
    SentencePieceTokenizer(SentencePieceModel model, Normalizer normalizer, std::optional<Normalizer> denormalizer, QString hash)
        : m_model(std::move(model)),
          m_normalizer(std::move(normalizer)),
          m_denormalizer(std::move(denormalizer)),
          m_hash(std::move(hash)),
          m_isLossless(isLosslessModel(m_model)),
          m_end(findEnd(m_model)),
          m_lexicon(std::make_shared<Lexicon>(Lexicon::build(m_model, m_isLossless)))
    {
        if (m_model.type == ModelType::Bpe)
            m_encoder = std::make_unique<BpeEncoder>(m_lexicon);
        else
            m_encoder = std::make_unique<UnigramEncoder>(m_lexicon);
        std::vector<std::pair<QByteArrayView, std::int32_t>> controls;
        for (const Piece &piece : m_model.pieces) {
            const auto id = static_cast<TokenId>(m_surfaces.size());
            m_surfaces.push_back(surfaceOf(piece, m_model));
            m_ids.insert(piece.text, id);
            if (piece.type == PieceType::Control)
                controls.emplace_back(QByteArrayView(piece.text), id);
        }
        m_controls = PieceTrie(std::move(controls));
    }

    qint32 vocabularySize() const override { return static_cast<qint32>(m_model.pieces.size()); }
    std::vector<TokenId> encode(QByteArrayView text) const override
    {
        std::vector<TokenId> ids;
        ids.reserve(static_cast<size_t>(text.size() / 3 + 8));
        if (m_normalizer.isIdentity()) {
            m_encoder->encode(text.data(), text.data() + text.size(), ids);
            return ids;
        }
        const QByteArray normalized = m_normalizer.apply(text);
        m_encoder->encode(normalized.constData(), normalized.constData() + normalized.size(), ids);
        if (!m_model.byteFallback)  // a run of unknown text is one token
            ids.erase(std::unique(ids.begin(), ids.end(),
                                  [this](TokenId a, TokenId b) { return a == b && a == m_lexicon->unknownId; }),
                      ids.end());
        return ids;
    }
    QByteArray decode(const std::vector<TokenId> &ids) const override;
    QByteArray tokenBytes(TokenId id) const override { return isId(id) ? m_surfaces[static_cast<size_t>(id)] : QByteArray(); }
    QString tokenText(TokenId id) const override
    {
        return isId(id) ? QString::fromUtf8(m_model.pieces[static_cast<size_t>(id)].text) : QString();
    }
    TokenId endOfDocument() const override { return m_end; }
    TokenId beginOfDocument() const override
    {
        const TokenId begin = tokenId(m_model.beginPiece);
        return isControl(begin) ? begin : -1;
    }
    TokenId unknown() const override { return m_lexicon->unknownId; }
    TokenId tokenId(QByteArrayView text) const override { return m_ids.value(text.toByteArray(), -1); }
    bool isControl(TokenId id) const override
    {
        return isId(id) && m_model.pieces[static_cast<size_t>(id)].type == PieceType::Control;
    }
    std::vector<TokenId> encodeTemplate(QByteArrayView text, const std::vector<TextSpan> &spans) const override;
    bool isLossless() const override { return m_isLossless; }
    QString sha256() const override { return m_hash; }
    QString typeName() const override
    {
        return m_model.type == ModelType::Bpe ? QStringLiteral("SentencePiece BPE") : QStringLiteral("SentencePiece unigram");
    }

private:
    bool isId(TokenId id) const { return id >= 0 && id < vocabularySize(); }

    SentencePieceModel m_model;
    Normalizer m_normalizer;
    std::optional<Normalizer> m_denormalizer;
    QString m_hash;
    bool m_isLossless = false;
    TokenId m_end = -1;
    std::shared_ptr<const Lexicon> m_lexicon;
    std::unique_ptr<Encoder> m_encoder;
    std::vector<QByteArray> m_surfaces;
    QHash<QByteArray, TokenId> m_ids;
    PieceTrie m_controls;
};

// Between two control tokens the text is encoded on its own, as any text.
std::vector<TokenId> SentencePieceTokenizer::encodeTemplate(QByteArrayView text, const std::vector<TextSpan> &spans) const
{
    std::vector<TokenId> ids;
    const auto add = [&](qsizetype from, qsizetype to) {
        if (from < to) {
            const std::vector<TokenId> part = encode(text.sliced(from, to - from));
            ids.insert(ids.end(), part.begin(), part.end());
        }
    };
    qsizetype done = 0;
    for (const TextSpan &span : joinedSpans(spans, text.size())) {
        for (qsizetype at = std::max(span.begin, done); at < span.end;) {
            TokenId id = -1;
            const auto length = static_cast<qsizetype>(m_controls.longestPrefix(text.data() + at, text.data() + span.end, &id));
            if (length == 0) {
                ++at;
                continue;
            }
            add(done, at);
            ids.push_back(id);
            at += length;
            done = at;
        }
    }
    add(done, text.size());
    return ids;
}

// The space that the encoder put before the text is taken off again.
QByteArray SentencePieceTokenizer::decode(const std::vector<TokenId> &ids) const
{
    const bool stripsSpace = m_model.normalizer.addDummyPrefix || m_model.normalizer.removeExtraWhitespaces;
    QByteArray text;
    bool atStart = stripsSpace;
    bool stripped = false;
    for (const TokenId id : ids) {
        if (!isId(id))
            continue;
        const QByteArray &surface = m_surfaces[static_cast<size_t>(id)];
        const PieceType type = m_model.pieces[static_cast<size_t>(id)].type;
        const bool isText = type == PieceType::Normal || type == PieceType::UserDefined || type == PieceType::Unused;
        if (type != PieceType::Byte && (stripped || !text.isEmpty()))
            atStart = false;
        if (atStart && isText && surface.startsWith(' ')) {
            text.append(QByteArrayView(surface).sliced(1));
            stripped = !m_model.normalizer.removeExtraWhitespaces;
        } else {
            text.append(surface);
        }
    }
    return m_denormalizer ? m_denormalizer->apply(text) : text;
}

Result<std::shared_ptr<const Tokenizer>> makeTokenizer(const QByteArray &bytes)
{
    ATHANOR_ASSIGN(SentencePieceModel model, parseSentencePieceModel(bytes));
    if (model.type != ModelType::Bpe && model.type != ModelType::Unigram)
        return fail(ErrorCode::Unsupported, tr("This tokenizer cuts text into whole words or single characters."),
                    tr("Only SentencePiece BPE and unigram models can be used."));
    const auto invalid = model.byteFallback ? InvalidBytes::Keep : InvalidBytes::Replace;
    ATHANOR_ASSIGN(Normalizer normalizer, Normalizer::create(model.normalizer, model.whitespaceAsSuffix, invalid, model));
    std::optional<Normalizer> denormalizer;
    if (!model.denormalizer.characterMap.isEmpty()) {
        NormalizerSettings settings = model.denormalizer;
        settings.escapeWhitespaces = false;
        ATHANOR_ASSIGN(denormalizer, Normalizer::create(settings, false, InvalidBytes::Keep, {}));
    }
    return std::make_shared<SentencePieceTokenizer>(std::move(model), std::move(normalizer), std::move(denormalizer), athanor::sha256(bytes));
}

}  // namespace

Result<QString> findTokenizer(const QString &folder)
{
    for (const char *name : {"/tokenizer.json", "/tokenizer.model"})
        if (const QString inside = folder + QLatin1String(name); QFileInfo::exists(inside))
            return inside;
    return fail(ErrorCode::NotFound, tr("The folder “%1” holds no tokenizer.json and no tokenizer.model.").arg(folder),
                tr("Choose a tokenizer.json, a SentencePiece .model file, or a folder with one of them in it."));
}

QString tokenizerFileName(QByteArrayView bytes)
{
    return isTokenizerJson(bytes) ? QStringLiteral("tokenizer.json") : QStringLiteral("tokenizer.model");
}

Result<std::shared_ptr<const Tokenizer>> parseTokenizer(const QByteArray &bytes, const QString &name)
{
    auto tokenizer = isTokenizerJson(bytes) ? parseTokenizerJson(bytes) : makeTokenizer(bytes);
    if (!tokenizer) {
        Error error = tokenizer.error();
        error.message = tr("The tokenizer “%1” cannot be used. %2").arg(name, error.message);
        return fail(std::move(error));
    }
    return *tokenizer;
}

Result<std::shared_ptr<const Tokenizer>> readTokenizer(const QString &path)
{
    QString file = path;
    if (QFileInfo(path).isDir()) {
        ATHANOR_ASSIGN(file, findTokenizer(path));
    }
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file, kModelFileLimit));
    return parseTokenizer(bytes, file);
}

}  // namespace athanor::tokenizer
