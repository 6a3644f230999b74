// Stands at the start of the body, so that nothing is drawn twice: components look for these names.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");
