/**
 * How the page of the API looks beyond what Swagger UI brings: columns of the tables in its text stand apart, their codes break behind a
 * stroke where a screen is narrow, and what Swagger UI draws too faint is drawn so that it can be read, in light and in dark.
 */
export const docsStyle = `:root { color-scheme: light dark }
.light-mode { color-scheme: light }
body { margin: 0 }
@media (prefers-color-scheme: dark) { html:not(.light-mode) { background: #1c2022 } }
.desk { display: flex; flex-wrap: wrap; gap: 0 1.5rem; max-width: 1460px; margin: 0 auto; padding: 0.5rem 20px 0; font: 0.875rem/1.5 system-ui, sans-serif }
.desk a { color: #0b5f73; padding-block: 0.625rem }
.dark-mode .desk a { color: #7fd0e2 }
.swagger-ui .info { margin-block: 1rem 2rem }
.has-errors .swagger-ui .info table { display: none }
#errors { max-width: 1460px; margin: 0 auto; padding: 0 20px 3rem; scroll-margin-block-start: 1rem }
#errors h2 { color: #3b4151; font: 600 1.5rem/1.25 sans-serif; margin-block: 2rem 1rem }
.dark-mode #errors h2 { color: #e4e6e6 }
#errors table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.5 }
#errors table tr :is(th, td) { padding: 0.375rem 1.25rem 0.375rem 0; text-align: start; vertical-align: top; min-width: 0 }
#errors table tr :is(th, td):first-child { max-width: none; width: auto; padding-inline-start: 0.375rem }
#errors table td:first-child { min-width: 8.5rem }
#errors table td code { overflow-wrap: break-word; white-space: normal }
#errors table td:first-child code { padding-inline: 0.25rem }
#errors tr.is-meant { background: #fff3c4 }
.dark-mode #errors tr.is-meant { background: #4a3d12 }
.swagger-ui .microlight span[style*='211, 99, 99'] { color: #ff9b9b !important }
html.dark-mode .swagger-ui .headers-wrapper .header-col { color: #e4e6e6 }
html.dark-mode .swagger-ui .opblock.opblock-put .opblock-section-header { background: #4a2f22 }
html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { border-color: #ff9b9b; color: #ff9b9b }
.light-mode .swagger-ui .opblock .opblock-summary-method { color: #1b1b1b; text-shadow: none }
.light-mode .swagger-ui .parameter__in { color: #5f5f5f }
.light-mode .swagger-ui .opblock .renderedMarkdown code, .light-mode .swagger-ui .parameters code { color: #7a0bdb }
.light-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { border-color: #c62828; color: #c62828 }
.light-mode .swagger-ui .btn.execute { background-color: #2b69b5; border-color: #2b69b5 }
.light-mode .swagger-ui .download-contents { background: #5c6072 }
`
