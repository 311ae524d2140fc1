#pragma once
// The style sheet of report.html. Both schemes meet WCAG AA; nothing is loaded from anywhere. Private to report.

#include <string_view>

namespace portside::report {

inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--raised:#f6f7f9;--text:#1b1d22;--muted:#565b66;--line:#dcdfe5;--link:#1a56b0;
--red:#b3261e;--red-bg:#fdeceb;--amber:#7d4a00;--amber-bg:#fdf3e0;--blue:#1a56b0;--blue-bg:#eaf1fc;--green:#176b3a;--green-bg:#e8f5ec;
--c1:#2f6fdb;--c2:#b4501e;--c3:#1d7d5f;--c4:#8a4fc0;--c5:#a8326f;--c6:#5f6b1c;--c7:#35758c;--c8:#6a6f7b;--mark:#fff0c2}
@media (prefers-color-scheme:dark){:root{--bg:#14161a;--raised:#1c1f25;--text:#e5e7eb;--muted:#a6acb8;--line:#343943;--link:#8db8ff;
--red:#ff938a;--red-bg:#331a1a;--amber:#f2bd62;--amber-bg:#30240f;--blue:#8db8ff;--blue-bg:#18253b;--green:#74d196;--green-bg:#152a1d;
--c1:#6ea5ff;--c2:#f0915a;--c3:#4fc39b;--c4:#bb8cf0;--c5:#ec7fb5;--c6:#b3c15a;--c7:#6fbad3;--c8:#9aa1af;--mark:#463a12}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
.page{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 5rem}
a{color:var(--link)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible,input:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--bg);padding:.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:.1rem 0 1rem;overflow-wrap:anywhere;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:3rem 0 .75rem;padding-top:.25rem;letter-spacing:-.005em}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}h4{font-size:.95rem;margin:1.25rem 0 .4rem}
p{margin:.4rem 0 .8rem;max-width:46rem}.eyebrow,.muted,figcaption{color:var(--muted)}.eyebrow{margin:0;font-size:.9rem}
code,pre,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
code{overflow-wrap:anywhere}
.verdict{display:flex;gap:.7rem;align-items:flex-start;max-width:none;margin:0 0 1.5rem;padding:.8rem 1rem;border-radius:.5rem;font-size:1.1rem;font-weight:600}
.verdict svg{flex:none;width:1.5rem;height:1.5rem;margin-top:.1rem}
.verdict.bad{background:var(--red-bg);color:var(--red)}.verdict.good{background:var(--green-bg);color:var(--green)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.9rem 1.5rem;margin:0 0 1.25rem}
.facts div{min-width:0}.facts dt{color:var(--muted);font-size:.83rem}.facts dd{margin:0;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1.25rem 0 0;padding:.75rem 0;border-block:1px solid var(--line)}
.scroll{overflow-x:auto;margin:.5rem 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.45rem 1.6rem .45rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}thead th{color:var(--muted);font-weight:500;font-size:.83rem;white-space:nowrap}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td p{margin:0}
tbody tr:last-child>*{border-bottom:0}
.chip{display:inline-block;padding:.05rem .5rem;border-radius:1rem;font-size:.78rem;font-weight:600;white-space:nowrap;vertical-align:.08em}
.chip.violation,.chip.failed,.chip.crash{background:var(--red-bg);color:var(--red)}.chip.deviation,.chip.warned{background:var(--amber-bg);color:var(--amber)}
.chip.advice{background:var(--blue-bg);color:var(--blue)}.chip.passed{background:var(--green-bg);color:var(--green)}
.chip.none{background:var(--raised);color:var(--muted)}
article{border:1px solid var(--line);border-left:4px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem 1.1rem;margin:1.1rem 0}
article.violation,article.crash{border-left-color:var(--red)}article.deviation{border-left-color:var(--amber)}article.advice{border-left-color:var(--blue)}
article h3{margin:0 0 .5rem;font-size:1.12rem;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:baseline}
article h3 code{font-weight:400;color:var(--muted)}article>p.what{font-size:1.02rem;overflow-wrap:anywhere}
.rows{display:grid;grid-template-columns:8.5rem 1fr;gap:.45rem 1rem;margin:1rem 0 0}.rows dt{color:var(--muted)}.rows dd{margin:0;min-width:0;overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.7rem .9rem;background:var(--raised);border-radius:.4rem;overflow-x:auto;line-height:1.5;tab-size:4}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere}pre.source{padding:.6rem 0}pre.source span{display:block;width:max-content;min-width:100%;padding:0 .9rem}
pre.source i{display:inline-block;width:3.6em;margin-right:1em;text-align:right;font-style:normal;color:var(--muted);user-select:none}
pre.source .here{background:var(--mark);box-shadow:inset 3px 0 var(--red)}pre.source .never{background:var(--red-bg)}
pre.source b{display:inline-block;width:5.5em;margin-right:1em;text-align:right;font-weight:400;color:var(--muted);user-select:none}
.excerpt{margin:.6rem 0}.excerpt figcaption{font-size:.85rem}
figure{margin:1rem 0 1.5rem}figcaption{font-size:.92rem;margin-bottom:.3rem}
details{margin:.35rem 0}summary{cursor:pointer;padding:.15rem 0}summary::marker{color:var(--muted)}
details.stack summary .at{color:var(--muted)}
ol.frames{list-style:none;margin:.2rem 0 .6rem;padding:0 0 0 1.1rem;border-left:2px solid var(--line);margin-left:.3rem}
ol.frames li{padding:.1rem 0;overflow-wrap:anywhere}ol.frames .at{color:var(--muted)}
ul.limits{margin:0;padding:0;list-style:none;font-variant-numeric:tabular-nums}
input[type=search]{font:inherit;width:100%;max-width:24rem;padding:.45rem .7rem;border:1px solid var(--muted);border-radius:.4rem;background:var(--bg);color:var(--text)}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--text)}svg .small{fill:var(--muted)}
.chart{display:block;min-width:36rem;width:100%;max-width:48rem;height:auto}.fixed{display:block;flex:none;max-width:none}
.strip{display:flex;width:max-content}.lanes{position:sticky;left:0;background:var(--bg)}
.map{display:block;height:auto}
.axis{stroke:var(--line);stroke-width:1;fill:none}.ideal{stroke:var(--muted);stroke-width:1.2;stroke-dasharray:5 4;fill:none}
.curve{stroke:var(--c1);stroke-width:1.8;fill:none;stroke-linejoin:round}.bar{fill:var(--c1)}
.edge{stroke:var(--muted);stroke-width:1.3;fill:none}.edge.cable{stroke-dasharray:5 4}.arrow{fill:var(--muted)}
.node{fill:var(--bg);stroke:var(--muted);stroke-width:1.2}.pin{fill:var(--blue-bg);stroke:var(--blue);stroke-width:1.2}.pin.host{stroke-width:2.4}
.filter{fill:var(--raised);stroke:var(--line)}
.irql{stroke:var(--amber);stroke-width:1.8;fill:none}.finding{fill:var(--red)}.findingline{stroke:var(--red);stroke-width:1.2;stroke-dasharray:3 3}
.l1{fill:var(--c1)}.l2{fill:var(--c2)}.l3{fill:var(--c3)}.l4{fill:var(--c4)}.l5{fill:var(--c5)}.l6{fill:var(--c6)}.l7{fill:var(--c7)}.l0{fill:var(--c8)}
.meter{display:block;width:100%;min-width:6rem;height:.55rem;border-radius:.3rem;background:var(--red-bg);overflow:hidden;margin-top:.5rem}
.meter span{display:block;height:100%;background:var(--c3)}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--muted);font-size:.88rem}
@media (max-width:40rem){.page{padding:1.25rem 1rem 3rem}h1{font-size:1.55rem}article{padding:.85rem .9rem}.rows{grid-template-columns:1fr;gap:0}
.rows dd{margin-bottom:.6rem}.facts{grid-template-columns:1fr 1fr}
table.stacked thead{position:absolute;left:-9999px}table.stacked tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}
table.stacked td,table.stacked th{display:block;border:0;padding:.1rem 0;text-align:left}table.stacked td.num{white-space:normal}
table.stacked td[data-label]::before{content:attr(data-label) " ";color:var(--muted);font-size:.83rem}}
@media print{nav,.skip,input{display:none}article{break-inside:avoid}}
)css";

}  // namespace portside::report
