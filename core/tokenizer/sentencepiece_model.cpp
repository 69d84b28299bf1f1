// Role: bytes to SentencePieceModel. Field numbers are those of SentencePiece's sentencepiece_model.proto; fields
// that are not known here are passed over, as protocol buffers ask for. Thread: pure functions.
#include "core/tokenizer/sentencepiece_model.h"

#include "core/tokenizer/protobuf_reader.h"
#include "core/tokenizer/utf8.h"

#include <QCoreApplication>
#include <QSet>

#include <array>
#include <cmath>

namespace athanor::tokenizer {

namespace {

using Wire = ProtobufReader::Wire;
using Field = ProtobufReader::Field;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("This is not a usable SentencePiece model: %1.").arg(what),
                tr("Fetch or train the tokenizer again; the file may be cut short or damaged."));
}

tl::unexpected<Error> brokenAt(qsizetype offset)
{
    return corrupt(tr("its structure breaks off at byte %1").arg(offset));
}

bool isValidUtf8(const QByteArray &text)
{
    const char *end = text.constData() + text.size();
    for (const char *at = text.constData(); at < end;) {
        const std::size_t length = validCharacterLength(at, end);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

Result<Piece> parsePiece(QByteArrayView bytes, qsizetype offset)
{
    Piece piece;
    ProtobufReader reader(bytes, offset);
    while (!reader.atEnd()) {
        const auto field = reader.next();
        if (!field)
            return brokenAt(reader.offset());
        if (field->number == 1 && field->wire == Wire::Bytes)
            piece.text = field->bytes.toByteArray();
        else if (field->number == 2 && field->wire == Wire::Fixed32)
            piece.score = field->real();
        else if (field->number == 3 && field->wire == Wire::Varint) {
            if (field->integer < 1 || field->integer > 6)
                return corrupt(tr("the piece at byte %1 has the unknown type %2").arg(offset).arg(field->integer));
            piece.type = static_cast<PieceType>(field->integer);
        }
    }
    if (piece.text.isEmpty())
        return corrupt(tr("the piece at byte %1 is empty").arg(offset));
    if (piece.text.size() > kPieceBytesLimit)
        return fail(ErrorCode::LimitExceeded, tr("A piece of this tokenizer has %1 bytes; the limit is %2.")
                                                  .arg(piece.text.size())
                                                  .arg(kPieceBytesLimit));
    if (!std::isfinite(piece.score))
        return corrupt(tr("the piece at byte %1 has a score that is not a number").arg(offset));
    if (!isValidUtf8(piece.text))
        return corrupt(tr("the piece at byte %1 is not UTF-8").arg(offset));
    return piece;
}

Status parseTrainer(QByteArrayView bytes, qsizetype offset, SentencePieceModel &model)
{
    ProtobufReader reader(bytes, offset);
    while (!reader.atEnd()) {
        const auto field = reader.next();
        if (!field)
            return brokenAt(reader.offset());
        if (field->wire == Wire::Varint) {
            if (field->number == 3) {
                if (field->integer < 1 || field->integer > 4)
                    return corrupt(tr("its type %1 is not known").arg(field->integer));
                model.type = static_cast<ModelType>(field->integer);
            } else if (field->number == 24) {
                model.whitespaceAsSuffix = field->integer != 0;
            } else if (field->number == 35) {
                model.byteFallback = field->integer != 0;
            }
        } else if (field->wire == Wire::Bytes) {
            if (field->number == 44)
                model.unknownSurface = field->bytes.toByteArray();
            else if (field->number == 46)
                model.beginPiece = field->bytes.toByteArray();
            else if (field->number == 47)
                model.endPiece = field->bytes.toByteArray();
        }
    }
    return {};
}

Status parseNormalizer(QByteArrayView bytes, qsizetype offset, NormalizerSettings &settings)
{
    ProtobufReader reader(bytes, offset);
    while (!reader.atEnd()) {
        const auto field = reader.next();
        if (!field)
            return brokenAt(reader.offset());
        if (field->number == 1 && field->wire == Wire::Bytes)
            settings.name = field->bytes.toByteArray();
        else if (field->number == 2 && field->wire == Wire::Bytes)
            settings.characterMap = field->bytes.toByteArray();
        else if (field->number == 3 && field->wire == Wire::Varint)
            settings.addDummyPrefix = field->integer != 0;
        else if (field->number == 4 && field->wire == Wire::Varint)
            settings.removeExtraWhitespaces = field->integer != 0;
        else if (field->number == 5 && field->wire == Wire::Varint)
            settings.escapeWhitespaces = field->integer != 0;
    }
    return {};
}

Status checkBytePiece(const SentencePieceModel &model, const Piece &piece, std::array<bool, 256> &found)
{
    const int byte = byteOfPiece(piece.text);
    if (byte < 0)
        return corrupt(tr("the byte piece “%1” stands for no byte").arg(QString::fromUtf8(piece.text)));
    if (!model.byteFallback)
        return corrupt(tr("it has the byte piece “%1” but says that it does not use bytes").arg(QString::fromUtf8(piece.text)));
    found[static_cast<size_t>(byte)] = true;
    return {};
}

Status checkPieces(const SentencePieceModel &model)
{
    QSet<QByteArray> matched;
    QSet<QByteArray> reserved;
    std::array<bool, 256> bytesFound{};
    int unknownCount = 0;
    for (const Piece &piece : model.pieces) {
        const bool isMatched = piece.type == PieceType::Normal || piece.type == PieceType::UserDefined
                               || piece.type == PieceType::Unused;
        QSet<QByteArray> &seen = isMatched ? matched : reserved;
        if (seen.contains(piece.text))
            return corrupt(tr("the piece “%1” stands in it twice").arg(QString::fromUtf8(piece.text)));
        seen.insert(piece.text);
        unknownCount += piece.type == PieceType::Unknown;
        if (piece.type == PieceType::Byte)
            ATHANOR_TRY(checkBytePiece(model, piece, bytesFound));
    }
    if (unknownCount != 1)
        return corrupt(tr("it has %1 pieces for unknown text instead of one").arg(unknownCount));
    if (model.byteFallback && std::find(bytesFound.begin(), bytesFound.end(), false) != bytesFound.end())
        return corrupt(tr("it falls back to bytes, but does not have all 256 of them"));
    return {};
}

Status addField(const Field &field, ProtobufReader &reader, SentencePieceModel &model)
{
    if (field.wire != Wire::Bytes)
        return {};
    const qsizetype offset = reader.offsetOf(field.bytes);
    switch (field.number) {
    case 1: {
        if (model.pieces.size() >= static_cast<size_t>(kPieceCountLimit))
            return fail(ErrorCode::LimitExceeded, tr("This tokenizer has more than %1 pieces.").arg(kPieceCountLimit));
        ATHANOR_ASSIGN(Piece piece, parsePiece(field.bytes, offset));
        model.pieces.push_back(std::move(piece));
        return {};
    }
    case 2:
        return parseTrainer(field.bytes, offset, model);
    case 3:
        return parseNormalizer(field.bytes, offset, model.normalizer);
    case 5:
        return parseNormalizer(field.bytes, offset, model.denormalizer);
    default:
        return {};
    }
}

}  // namespace

int byteOfPiece(const QByteArray &piece)
{
    if (piece.size() != 6 || !piece.startsWith("<0x") || !piece.endsWith('>'))
        return -1;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    const int high = digit(piece[3]);
    const int low = digit(piece[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

Result<SentencePieceModel> parseSentencePieceModel(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return corrupt(tr("it is empty"));
    if (bytes.size() > kModelFileLimit)
        return fail(ErrorCode::LimitExceeded, tr("A tokenizer of %1 bytes is larger than the limit of %2.")
                                                  .arg(bytes.size())
                                                  .arg(kModelFileLimit));
    SentencePieceModel model;
    ProtobufReader reader(bytes);
    while (!reader.atEnd()) {
        const auto field = reader.next();
        if (!field)
            return brokenAt(reader.offset());
        ATHANOR_TRY(addField(*field, reader, model));
    }
    if (model.pieces.empty())
        return corrupt(tr("it holds no pieces"));
    ATHANOR_TRY(checkPieces(model));
    return model;
}

}  // namespace athanor::tokenizer
