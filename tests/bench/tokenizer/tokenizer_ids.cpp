// tokenizer_ids TOKENIZER DOCUMENTS OUT [--rounds N] [--marks] [--pause]: encodes documents on one thread and writes
// their ids and what they decode to, for beside_tokenizers.py, which compares both with the `tokenizers` library.
// DOCUMENTS: a count and then each length and bytes; OUT: for each a count and ids, a length and bytes (all 32 bits,
// little endian). Prints the megabytes of each round for a second of the processor, so that other work on the machine
// does not count; with --pause a round begins at each line of input. With --marks special tokens in the text count.
#include "core/base/atomic_file.h"
#include "core/tokenizer/tokenizer.h"

#include <QDataStream>

#include <chrono>
#include <cstdio>
#include <ctime>

using namespace athanor;

namespace {

QList<QByteArray> documentsOf(const QByteArray &file)
{
    QDataStream stream(file);
    stream.setByteOrder(QDataStream::LittleEndian);
    quint32 count = 0, size = 0;
    stream >> count;
    QList<QByteArray> documents;
    for (quint32 i = 0; i < count && stream.status() == QDataStream::Ok; ++i) {
        stream >> size;
        QByteArray document(std::min<qsizetype>(size, file.size()), '\0');
        stream.readRawData(document.data(), static_cast<int>(document.size()));
        documents.append(document);
    }
    return documents;
}

using Ids = std::vector<tokenizer::TokenId>;

std::vector<Ids> encodeAll(const tokenizer::Tokenizer &tokenizer, const QList<QByteArray> &documents, bool marks, double *seconds)
{
    std::vector<Ids> all;
    all.reserve(static_cast<size_t>(documents.size()));
    const std::clock_t begin = std::clock();
    for (const QByteArray &document : documents)
        all.push_back(marks ? tokenizer.encodeTemplate(document, {{0, document.size()}}) : tokenizer.encode(document));
    *seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    return all;
}

QByteArray written(const tokenizer::Tokenizer &tokenizer, const std::vector<Ids> &all)
{
    QByteArray out;
    const auto number = [&out](quint32 value) {
        for (int shift = 0; shift < 32; shift += 8)
            out += static_cast<char>(value >> shift);
    };
    for (const Ids &ids : all) {
        number(static_cast<quint32>(ids.size()));
        for (const tokenizer::TokenId id : ids)
            number(static_cast<quint32>(id));
        const QByteArray text = tokenizer.decode(ids);
        number(static_cast<quint32>(text.size()));
        out += text;
    }
    return out;
}

}  // namespace

int main(int argc, char **argv)
{
    bool marks = false, pauses = false;
    int rounds = 1;
    QStringList words;
    for (int i = 1; i < argc; ++i) {
        const QString word = QString::fromLocal8Bit(argv[i]);
        if (word == QLatin1String("--marks"))
            marks = true;
        else if (word == QLatin1String("--pause"))
            pauses = true;
        else if (word == QLatin1String("--rounds") && i + 1 < argc)
            rounds = QString::fromLocal8Bit(argv[++i]).toInt();
        else
            words += word;
    }
    if (words.size() != 3) {
        std::fprintf(stderr, "usage: tokenizer_ids TOKENIZER DOCUMENTS OUT [--rounds N] [--marks] [--pause]\n");
        return 2;
    }
    const auto loading = std::chrono::steady_clock::now();
    const auto tokenizer = tokenizer::readTokenizer(words[0]);
    const double loadSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - loading).count();
    const auto file = readFile(words[1]);
    if (!tokenizer || !file) {
        const Error error = tokenizer ? file.error() : tokenizer.error();
        std::fprintf(stderr, "%s %s\n", qPrintable(error.message), qPrintable(error.hint));
        return 1;
    }
    const QList<QByteArray> documents = documentsOf(*file);
    std::printf("%s, %d tokens, %s, read in %.3f s\n", qPrintable((*tokenizer)->typeName()), (*tokenizer)->vocabularySize(),
                (*tokenizer)->isLossless() ? "lossless" : "not lossless", loadSeconds);
    std::fflush(stdout);
    std::vector<Ids> all;
    for (int round = 0; round < rounds; ++round) {
        if (pauses && std::getchar() == EOF)
            break;
        double seconds = 0;
        all = encodeAll(**tokenizer, documents, marks, &seconds);
        std::printf("%.2f MB/s\n", static_cast<double>(file->size()) / 1e6 / seconds);
        std::fflush(stdout);
    }
    const Status saved = writeFileAtomically(words[2], written(**tokenizer, all));
    return saved ? 0 : 1;
}
