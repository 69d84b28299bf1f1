// tokenizer_speed MODEL TEXT: encodes TEXT in documents of 64 KiB with our encoder and with the SentencePiece library,
// A B A B, on one thread; prints megabytes a second, the ratio, and whether all ids are the same.
#include "core/base/atomic_file.h"
#include "core/tokenizer/tokenizer.h"

#include <sentencepiece_processor.h>

#include <chrono>
#include <cstdio>

using namespace athanor;

namespace {

constexpr qsizetype kDocumentBytes = 64 << 10;

QList<QByteArray> documentsOf(const QByteArray &text)
{
    QList<QByteArray> documents;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype line = text.indexOf('\n', std::min(at + kDocumentBytes, text.size()));
        const qsizetype end = line < 0 ? text.size() : line + 1;
        documents.append(text.mid(at, end - at));
        at = end;
    }
    return documents;
}

template <typename Encode> double secondsFor(const QList<QByteArray> &documents, Encode encode)
{
    const auto begin = std::chrono::steady_clock::now();
    for (const QByteArray &document : documents)
        encode(document);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: tokenizer_speed MODEL TEXT\n");
        return 2;
    }
    const auto ours = tokenizer::readTokenizer(QString::fromLocal8Bit(argv[1]));
    const auto text = readFile(QString::fromLocal8Bit(argv[2]));
    sentencepiece::SentencePieceProcessor theirs;
    if (!ours || !text || !theirs.Load(argv[1]).ok()) {
        std::fprintf(stderr, "cannot read the model or the text\n");
        return 1;
    }
    const QList<QByteArray> documents = documentsOf(*text);
    const double megabytes = static_cast<double>(text->size()) / 1e6;
    std::vector<std::vector<int>> a, b;
    double best[2] = {1e30, 1e30};
    for (int round = 0; round < 2; ++round) {
        a.clear();
        b.clear();
        best[0] = std::min(best[0], secondsFor(documents, [&](const QByteArray &d) { a.push_back((*ours)->encode(d)); }));
        best[1] = std::min(best[1], secondsFor(documents, [&](const QByteArray &d) {
                               std::vector<int> ids;
                               theirs.Encode(std::string_view(d.constData(), static_cast<size_t>(d.size())), &ids).IgnoreError();
                               b.push_back(std::move(ids));
                           }));
    }
    size_t tokens = 0;
    for (const auto &ids : a)
        tokens += ids.size();
    std::printf("ours %.1f MB/s, SentencePiece %.1f MB/s, ratio %.2f, %.3f bytes/token, ids %s\n", megabytes / best[0],
                megabytes / best[1], best[1] / best[0], static_cast<double>(text->size()) / static_cast<double>(tokens),
                a == b ? "the same" : "DIFFERENT");
    return a == b ? 0 : 1;
}
