#include "plugins/cleaner/unicode/unicode.h"

#include "core/text/normalize.h"

namespace athanor::corpus {

namespace {

class UnicodeRun final : public CleanerRun {
public:
    explicit UnicodeRun(const text::NormalizeOptions &options) : m_options(options) {}
    QByteArray clean(const DocumentView &document) const override { return text::normalize(document.text, m_options).text; }

private:
    text::NormalizeOptions m_options;
};

}  // namespace

Result<std::unique_ptr<CleanerRun>> UnicodeCleaner::start(const QJsonObject &settings) const
{
    text::NormalizeOptions options;
    options.nfc = settings.value(QLatin1String("nfc")).toBool(true);
    options.plainSpaces = settings.value(QLatin1String("plain_spaces")).toBool(true);
    options.removeInvisible = settings.value(QLatin1String("remove_invisible")).toBool(true);
    options.maximumBlankLines = settings.value(QLatin1String("blank_lines")).toInt(2);
    return std::make_unique<UnicodeRun>(options);
}

}  // namespace athanor::corpus
