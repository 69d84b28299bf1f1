#include "core/text/encoding.h"

#include "core/text/utf8.h"

#include <QCoreApplication>

#include <algorithm>
#include <memory>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <uchardet/uchardet.h>

namespace athanor::text {

namespace {

constexpr qsizetype kGuessBytes = 256 << 10;
constexpr qsizetype kBinaryBytes = 64 << 10;

struct Mark {
    const char *bytes;
    int length;
    const char *encoding;
};
// UTF-32LE's mark begins with UTF-16LE's: longer marks come first.
constexpr Mark kMarks[] = {
    {"\x00\x00\xfe\xff", 4, "UTF-32BE"}, {"\xff\xfe\x00\x00", 4, "UTF-32LE"}, {"\xef\xbb\xbf", 3, "UTF-8"},
    {"\xfe\xff", 2, "UTF-16BE"},         {"\xff\xfe", 2, "UTF-16LE"},
};

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Text has next to no zero bytes (a few strays are repaired later), except UTF-16 and UTF-32 without a mark: those have them at every second place.
bool looksBinary(QByteArrayView bytes)
{
    const QByteArrayView head = bytes.first(std::min(bytes.size(), kBinaryBytes));
    const auto zeros = std::count(head.begin(), head.end(), '\0');
    return zeros > 3 && zeros * 200 > head.size();
}

const char *unmarkedUtf16(QByteArrayView bytes)
{
    const qsizetype length = std::min(bytes.size(), kBinaryBytes) / 2 * 2;
    qsizetype even = 0, odd = 0;
    for (qsizetype i = 0; i < length; i += 2) {
        even += bytes[i] == 0;
        odd += bytes[i + 1] == 0;
    }
    if (length >= 8 && odd * 2 > length / 2 * 1 && even * 20 < odd)
        return "UTF-16LE";
    if (length >= 8 && even * 2 > length / 2 * 1 && odd * 20 < even)
        return "UTF-16BE";
    return nullptr;
}

QByteArray guess(QByteArrayView bytes)
{
    const std::unique_ptr<struct uchardet, void (*)(uchardet_t)> detector(uchardet_new(), &uchardet_delete);
    uchardet_handle_data(detector.get(), bytes.data(), static_cast<size_t>(std::min(bytes.size(), kGuessBytes)));
    uchardet_data_end(detector.get());
    return QByteArray(uchardet_get_charset(detector.get()));
}

Result<Decoded> convert(QByteArrayView bytes, const QByteArray &encoding)
{
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, void (*)(UConverter *)> converter(ucnv_open(encoding.constData(), &status), &ucnv_close);
    if (U_FAILURE(status) || bytes.size() > (qsizetype(1) << 29))
        return fail(ErrorCode::Unsupported, tr("The encoding “%1” is not known.").arg(QLatin1String(encoding)));
    icu::UnicodeString wide(bytes.data(), static_cast<int32_t>(bytes.size()), converter.get(), status);
    if (U_FAILURE(status))
        return fail(ErrorCode::Corrupt, tr("The text cannot be read as %1.").arg(QLatin1String(encoding)), {}, QLatin1String(u_errorName(status)));
    std::string narrow;
    wide.toUTF8String(narrow);
    Decoded decoded;
    decoded.utf8 = repairUtf8(QByteArrayView(narrow.data(), static_cast<qsizetype>(narrow.size())));
    decoded.encoding = QString::fromLatin1(encoding);
    decoded.replaced = decoded.utf8.count("\xef\xbf\xbd");
    return decoded;
}

Decoded asUtf8(QByteArrayView bytes)
{
    Decoded decoded;
    decoded.encoding = QStringLiteral("UTF-8");
    decoded.utf8 = repairUtf8(bytes, &decoded.replaced);
    return decoded;
}

/// A guess is worth more than UTF-8 with holes only when most of the bytes above ASCII are not UTF-8.
bool isMostlyUtf8(const Decoded &repaired)
{
    const auto high = std::count_if(repaired.utf8.begin(), repaired.utf8.end(), [](char c) { return static_cast<signed char>(c) < 0; });
    return repaired.replaced * 3 * 10 < high;
}

}  // namespace

Result<Decoded> decodeText(QByteArrayView bytes, const QByteArray &declared)
{
    for (const Mark &mark : kMarks) {
        if (!bytes.startsWith(QByteArrayView(mark.bytes, mark.length)))
            continue;
        const QByteArrayView rest = bytes.sliced(mark.length);
        return qstrcmp(mark.encoding, "UTF-8") == 0 ? Result<Decoded>(asUtf8(rest)) : convert(rest, mark.encoding);
    }
    if (looksBinary(bytes)) {
        if (const char *encoding = unmarkedUtf16(bytes))
            return convert(bytes, encoding);
        return fail(ErrorCode::Unsupported, tr("The file is not text: it holds zero bytes."),
                    tr("Add it only if it is a document in another format."));
    }
    Decoded repaired = asUtf8(bytes);
    if (repaired.replaced == 0 || isMostlyUtf8(repaired))
        return repaired;
    if (!declared.isEmpty() && declared.compare("utf-8", Qt::CaseInsensitive) != 0)
        if (auto converted = convert(bytes, declared))
            return converted;
    const QByteArray guessed = guess(bytes);
    if (guessed.isEmpty() || guessed == "UTF-8" || guessed == "ASCII")
        return repaired;
    auto converted = convert(bytes, guessed);
    if (!converted || converted->replaced > repaired.replaced)
        return repaired;
    converted->guessed = true;
    return converted;
}

}  // namespace athanor::text
