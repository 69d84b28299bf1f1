#include "core/tokenizer/lexicon.h"

#include "core/tokenizer/utf8.h"

namespace athanor::tokenizer {

namespace {

constexpr char kSpaceSymbol[] = "\xE2\x96\x81";

bool canMatch(const Piece &piece, bool escapesSpaces)
{
    const bool isMatched = piece.type == PieceType::Normal || piece.type == PieceType::UserDefined
                           || piece.type == PieceType::Unused;
    // A raw space never meets escaped text.
    return isMatched && !(escapesSpaces && piece.text.contains(' '));
}

}  // namespace

Lexicon Lexicon::build(const SentencePieceModel &model, bool isLossless)
{
    Lexicon lexicon;
    lexicon.byteFallback = model.byteFallback;
    lexicon.isLossless = isLossless;
    lexicon.entries.reserve(model.pieces.size());
    const bool escapesSpaces = model.normalizer.escapeWhitespaces;
    for (const Piece &piece : model.pieces) {
        const auto id = static_cast<TokenId>(lexicon.entries.size());
        Entry entry{piece.text, piece.score, piece.type, canMatch(piece, escapesSpaces), piece.text.size()};
        if (escapesSpaces)
            entry.text.replace(kSpaceSymbol, " ");
        if (piece.type == PieceType::Byte)
            lexicon.byteIds[static_cast<size_t>(byteOfPiece(piece.text))] = id;
        if (piece.type == PieceType::Unknown)
            lexicon.unknownId = id;
        lexicon.hasUnused = lexicon.hasUnused || piece.type == PieceType::Unused;
        lexicon.entries.push_back(std::move(entry));
    }
    return lexicon;
}

void Lexicon::appendUnknown(const char *begin, std::size_t length, std::vector<TokenId> &out) const
{
    if (!byteFallback) {
        out.push_back(unknownId);
        return;
    }
    if (length == 1 && *begin == ' ' && !isLossless) {  // as SentencePiece has it: the bytes of U+2581
        begin = kSpaceSymbol;
        length = 3;
    }
    for (std::size_t i = 0; i < length; ++i)
        out.push_back(byteIds[static_cast<std::uint8_t>(begin[i])]);
}

JoinTable::JoinTable(const Lexicon &lexicon)
{
    for (const Lexicon::Entry &entry : lexicon.entries)
        if (entry.isMatched)
            add(entry.text);
}

void JoinTable::add(QByteArrayView piece)
{
    const char *end = piece.data() + piece.size();
    std::uint32_t left = 0;
    for (const char *at = piece.data(); at < end;) {
        const std::size_t length = validCharacterLength(at, end);
        const std::uint32_t right = codePoint(at, length);
        if (at != piece.data()) {
            if ((left | right) < 128)
                m_ascii.set(left * 128 + right);
            else
                m_others.insert(static_cast<std::uint64_t>(left) << 32 | right);
        }
        left = right;
        at += length == 0 ? 1 : length;
    }
}

const char *JoinTable::partEnd(const char *begin, const char *end, std::size_t limit) const
{
    const char *last = static_cast<std::size_t>(end - begin) > limit ? begin + limit : end;
    std::size_t length = validCharacterLength(begin, end);
    std::uint32_t left = codePoint(begin, length);
    const char *at = begin + (length == 0 ? 1 : length);
    while (at < last) {
        std::uint32_t right = static_cast<std::uint8_t>(*at);
        length = 1;
        if (right >= 128) {
            length = validCharacterLength(at, end);
            right = codePoint(at, length);
        }
        if (!joins(left, right))
            return at;
        left = right;
        at += length == 0 ? 1 : length;
    }
    return at;
}

}  // namespace athanor::tokenizer
