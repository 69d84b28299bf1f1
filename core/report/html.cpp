#include "core/report/html.h"

namespace athanor::report {

QString escaped(const QString &text)
{
    QString out;
    out.reserve(text.size() + text.size() / 8);
    for (const QChar character : text) {
        const ushort code = character.unicode();
        const bool control = (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0);
        if (control || code == 0xfffe || code == 0xffff)
            out += QChar(0xfffd);
        else
            out += character;
    }
    return out.toHtmlEscaped();
}

QString paragraph(const QString &text)
{
    return text.isEmpty() ? QString() : QStringLiteral("<p>%1</p>\n").arg(escaped(text));
}

QString table(const QStringList &heads, const std::vector<QStringList> &rows, const std::vector<bool> &numeric)
{
    if (rows.empty())
        return {};
    const auto cell = [&numeric](const QString &tag, const QString &text, qsizetype column) {
        const bool right = static_cast<size_t>(column) < numeric.size() && numeric[static_cast<size_t>(column)];
        return QStringLiteral("<%1%2>").arg(tag, right ? QStringLiteral(" class=\"number\"") : QString()) + escaped(text)
            + QStringLiteral("</%1>").arg(tag);
    };
    QString out = QStringLiteral("<div class=\"scroll\"><table>\n<thead><tr>");
    for (qsizetype column = 0; column < heads.size(); ++column)
        out += cell(QStringLiteral("th"), heads[column], column);
    out += QStringLiteral("</tr></thead>\n<tbody>\n");
    for (const QStringList &row : rows) {
        out += QStringLiteral("<tr>");
        for (qsizetype column = 0; column < row.size(); ++column)
            out += cell(QStringLiteral("td"), row[column], column);
        out += QStringLiteral("</tr>\n");
    }
    return out + QStringLiteral("</tbody></table></div>\n");
}

QString facts(const std::vector<std::pair<QString, QString>> &rows)
{
    QString out;
    for (const auto &[name, value] : rows)
        if (!value.isEmpty())
            out += QStringLiteral("<dt>") + escaped(name) + QStringLiteral("</dt><dd>") + escaped(value)
                + QStringLiteral("</dd>\n");
    return out.isEmpty() ? out : QStringLiteral("<dl>\n") + out + QStringLiteral("</dl>\n");
}

QString section(const QString &id, const QString &title, const QString &body)
{
    if (body.isEmpty())
        return {};
    return QStringLiteral("<section id=\"") + id + QStringLiteral("\">\n<h2>") + escaped(title)
        + QStringLiteral("</h2>\n") + body + QStringLiteral("</section>\n");
}

}  // namespace athanor::report
