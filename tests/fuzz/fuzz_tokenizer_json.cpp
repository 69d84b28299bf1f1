// libFuzzer: any bytes as a tokenizer (a tokenizer.json or a SentencePiece .model), and what it makes of a few texts.
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_files.h"

using namespace athanor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const auto read = tokenizer::parseTokenizer(bytes, QStringLiteral("fuzz"));
    if (!read)
        return 0;
    const tokenizer::Tokenizer &made = **read;
    for (const QByteArray &text : {QByteArray("The cat’s 12 hats,  ½ naïve <s></s>\n\n\tx"), QByteArray("\xFF\xE2\x96\x81 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), bytes.left(200)}) {
        const auto ids = made.encode(text);
        const QByteArray back = made.decode(ids);
        if (made.isLossless() && back != text)
            __builtin_trap();
        (void)made.decode(made.encodeTemplate(text, {{0, text.size()}}));
    }
    for (tokenizer::TokenId id = -1; id <= std::min(made.vocabularySize(), 300); ++id)
        (void)made.tokenText(id).size();
    (void)tokenizer::extendTokenizer(bytes, {"kurtosis"});
    return 0;
}
