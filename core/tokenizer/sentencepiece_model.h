// The contents of a SentencePiece .model file (Kudo and Richardson 2018), read by hand: the library's protobuf
// clashes with LibTorch's, so the library is needed for training only. Limits: 128 MiB a file, 2,000,000 pieces,
// 1,024 bytes a piece. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <vector>

namespace athanor::tokenizer {

inline constexpr qint64 kModelFileLimit = qint64(128) << 20;
inline constexpr qsizetype kPieceCountLimit = 2000000;
inline constexpr qsizetype kPieceBytesLimit = 1024;

enum class PieceType { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };
enum class ModelType { Unigram = 1, Bpe = 2, Word = 3, Character = 4 };

struct Piece {
    QByteArray text;  // as in the file: U+2581 stands for a space
    float score = 0;
    PieceType type = PieceType::Normal;
};

struct NormalizerSettings {
    QByteArray name;
    QByteArray characterMap;  // "precompiled_charsmap"; empty: identity
    bool addDummyPrefix = true;
    bool removeExtraWhitespaces = true;
    bool escapeWhitespaces = true;
};

struct SentencePieceModel {
    std::vector<Piece> pieces;
    ModelType type = ModelType::Unigram;
    bool byteFallback = false;
    bool whitespaceAsSuffix = false;
    QByteArray unknownSurface = QByteArrayLiteral(" \xE2\x81\x87 ");
    QByteArray endPiece = QByteArrayLiteral("</s>");
    QByteArray beginPiece = QByteArrayLiteral("<s>");
    NormalizerSettings normalizer;
    NormalizerSettings denormalizer;  // used only when its characterMap is not empty
};

/// Parses and checks: exactly one unknown piece, no piece empty or doubled, 256 byte pieces when bytes are fallen
/// back to. Errors: Corrupt with what is wrong and at which byte, LimitExceeded.
ATHANOR_EXPORT Result<SentencePieceModel> parseSentencePieceModel(const QByteArray &bytes);

/// The byte that a piece such as "<0x0A>" stands for, or -1.
ATHANOR_EXPORT int byteOfPiece(const QByteArray &piece);

}  // namespace athanor::tokenizer
