// The same tones as the window's, written here once for the page: a report is read in a browser, without the window.
#include "core/report/style.h"

namespace athanor::report {

QByteArray styleSheet()
{
    return R"(:root{color-scheme:light dark;--ground:#f5f6f8;--surface:#fff;--raised:#f0f2f5;--line:#dde1e7;
--text:#1c2026;--second:#525c69;--third:#5f6975;--accent:#b0500e;--good:#237a47;--bad:#b92f29;
--s1:#0072b2;--s2:#a65500;--s3:#00724f;--s4:#9a4573}
@media (prefers-color-scheme:dark){:root{--ground:#15171c;--surface:#1d2027;--raised:#252932;--line:#30353f;
--text:#e8eaee;--second:#9ba4b3;--third:#8a93a3;--accent:#f0883e;--good:#4fb477;--bad:#f0665f;
--s1:#56b4e9;--s2:#e69f00;--s3:#009e73;--s4:#cc79a7}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);line-height:1.5;font-size:15px;
font-family:Inter,"Noto Sans","DejaVu Sans",system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.6rem;font-weight:600;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1rem;font-weight:600;margin:0 0 .75rem}
h3{font-size:.9rem;font-weight:600;margin:1.25rem 0 .5rem}
p{margin:0 0 .75rem}.made{color:var(--second);font-size:.87rem}.note{color:var(--second);font-size:.87rem}
.verdict{font-size:1.1rem;margin:1.25rem 0}
section{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:1rem 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1rem 0}
.card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:.75rem 1rem}
.card b{display:block;font-size:1.4rem;font-weight:600}.card span{color:var(--second);font-size:.8rem;display:block}
.bars{display:grid;grid-template-columns:max-content 1fr;gap:.4rem .75rem;align-items:center}
.bars svg{width:100%;height:14px;display:block}.bars rect{fill:var(--third)}.bars .own{fill:var(--accent)}
figure{margin:0 0 1.25rem}figcaption{font-size:.87rem;color:var(--second);margin-bottom:.35rem}
figcaption b{color:var(--text);font-weight:600}.key{margin-left:1rem;white-space:nowrap}.key svg{margin-right:.35rem}
svg.plot{width:100%;height:auto;display:block}
.series{fill:none;stroke-width:1.6;stroke-linejoin:round}.raw{opacity:.3;stroke-width:1;stroke-dasharray:none!important}
.s1{stroke:var(--s1)}.s2{stroke:var(--s2);stroke-dasharray:7 3}.s3{stroke:var(--s3);stroke-dasharray:2 3}
.s4{stroke:var(--s4);stroke-dasharray:9 3 2 3}
.grid{stroke:var(--line)}.level{stroke:var(--third);stroke-dasharray:3 4}.restart{stroke:var(--bad);stroke-dasharray:2 3}
text{fill:var(--third);font-size:11px;font-family:inherit}.end{text-anchor:end}.middle{text-anchor:middle}
.notnumber{fill:var(--bad)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;font-weight:600;color:var(--second)}th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);
vertical-align:top}.number{text-align:right}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:0}
dt{color:var(--second)}dd{margin:0;overflow-wrap:anywhere}
pre{background:var(--raised);border-radius:6px;padding:.7rem .9rem;margin:0 0 .9rem;white-space:pre-wrap;
overflow-wrap:anywhere;font-size:.84rem;font-family:"JetBrains Mono","DejaVu Sans Mono",monospace}
.prompt{color:var(--accent)}
@media print{body{background:none}section,.card{break-inside:avoid}}
)";
}

}  // namespace athanor::report
